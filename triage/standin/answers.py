"""Deterministic answers that fit the JSON schema of the request and are plainly no model's."""

import json
import re
from typing import Any

from triage.standin.script import Act, Rule, Script, draw

REFUSAL = "The stand-in refuses, as its script says."
PROSE = "Stand-in prose where a structured reply was asked for."


def answer_text(script: Script, rule: Rule, key: str, text: str, schema: Any | None) -> str:
    """The text of the reply: JSON by the request's own schema, or a sentence without one."""
    if rule.do is Act.NOT_JSON:
        return PROSE
    if rule.do is Act.WRONG_SCHEMA:
        return json.dumps({"stand_in": {"other": [1, 2, 3]}})
    if schema is None:
        return f"Stand-in reply {key[:12]}."
    numbers = [int(n) for n in re.findall(script.items, text)] if script.items else []
    filler = _Filler(script, rule, key, numbers)
    value = filler.fill(schema, "", "")
    if rule.do in (Act.MISSING, Act.DUPLICATE):
        _damage(value, rule.do)
    whole = json.dumps(value)
    return whole[: len(whole) // 2] if rule.do is Act.CUT else whole


class _Filler:
    """Fills a JSON schema: nullable fields with null, lists by the script, choices by weight."""

    def __init__(self, script: Script, rule: Rule, key: str, numbers: list[int]) -> None:
        self._script, self._rule, self._key, self._numbers = script, rule, key, numbers

    def fill(self, schema: dict[str, Any], name: str, path: str, number: int | None = None) -> Any:
        if name in self._rule.set:
            return self._rule.set[name]
        for branch in ("anyOf", "oneOf"):
            if branch in schema:
                kinds = schema[branch]
                if any(kind.get("type") == "null" for kind in kinds):
                    return None
                return self.fill(kinds[0], name, path, number)
        if "enum" in schema:
            return self._choose(schema["enum"], name, path)
        kind = schema.get("type")
        if isinstance(kind, list):
            return None if "null" in kind else self.fill({**schema, "type": kind[0]}, name, path)
        if kind == "object":
            return {
                field: self.fill(inner, field, f"{path}/{field}", number)
                for field, inner in schema.get("properties", {}).items()
            }
        if kind == "array":
            inner = schema.get("items", {})
            if inner.get("type") != "object":
                return []
            return [self.fill(inner, name, f"{path}/{n}", n) for n in self._numbers]
        if kind == "integer" and number is not None:
            return number
        return self._scalar(kind, path)

    def _scalar(self, kind: object, path: str) -> Any:
        luck = draw(self._script.seed, self._key, path)
        match kind:
            case "integer":
                return int(luck * 10)
            case "number":
                return round(0.5 + luck / 2, 3)
            case "boolean":
                return False
            case "string":
                return f"stand-in {self._key[:8]}{path}"
        return None

    def _choose(self, values: list[Any], name: str, path: str) -> Any:
        weights = self._script.choose.get(name)
        shares = [weights.get(str(v), 0.0) if weights else 1.0 for v in values]
        if sum(shares) <= 0:
            shares = [1.0] * len(values)
        mark = draw(self._script.seed, self._key, path) * sum(shares)
        for value, share in zip(values, shares, strict=True):
            mark -= share
            if mark < 0:
                return value
        return values[-1]


def _damage(value: Any, act: Act) -> None:
    """Leave out the last item of the first list, or repeat its first one."""
    if isinstance(value, dict):
        for inner in value.values():
            if isinstance(inner, list) and inner:
                if act is Act.MISSING:
                    inner.pop()
                else:
                    inner.append(inner[0])
                return
            _damage(inner, act)


def tokens(text: str) -> list[str]:
    """A rough and steady split into tokens: words and single signs."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)
