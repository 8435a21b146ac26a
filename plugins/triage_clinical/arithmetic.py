"""Sums, doses, rates and conversions that a step writes out with an equals sign."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from triage_clinical.findings import Finding, judged, sentences, shown
from triage_clinical.quantities.expressions import (
    EQUALS,
    Token,
    UnreadableError,
    Value,
    compute,
    equations,
    tokens,
)

_ABOUT: Final = re.compile(
    r"≈|~|\b(?:about|approx\w*|around|roughly|nearly|almost|circa|rounded|rounds|estimat\w+)\b",
    re.IGNORECASE,
)
_OPERATORS: Final = frozenset({"times", "over", "plus", "minus", "power", "raised", "root", "log"})
_OPENS_A_SUM: Final = frozenset(["number", "open", "root", "log"])
_NEAR: Final = 0.005
_ROUGH: Final = 0.06
_CUT: Final = 0.999
"""Of the last digit written: a figure may be rounded, and may be cut off."""
_WEIGHED: Final = re.compile(
    r"\b(?:scale|incorrect\w*|wrong\w*|mistake\w*|error|instead|not|suppose|if)\b|≠|\?",
    re.IGNORECASE,
)


def check(text: str) -> Iterator[Finding]:
    """Judge every equation of figures in a step; what is no sum in this grammar is left alone."""
    for start, sentence in sentences(text):
        # most sentences have no equals sign, and are read no further
        if not any(map(sentence.__contains__, EQUALS)) or _WEIGHED.search(sentence):
            continue
        for left, equals, right in equations(tokens(sentence)):
            if _stands_alone(sentence, left, right):
                yield from _judged(start, sentence, left, equals, right)


def _stands_alone(sentence: str, left: list[Token], right: list[Token]) -> bool:
    """Whether both sides are whole: no word is joined to them by a sign."""
    if not left or not right or left[0].kind not in _OPENS_A_SUM:
        return False
    before = sentence[: left[0].start]
    if before and not re.search(r"(?:^|[\s(:,;=≈*])$", before):
        return False
    if re.search(r"[/<>]\s*$|\d\s*[:,]\s*$|\S:$", before):
        return False
    if any(re.fullmatch(r"0\d+", one.text) for one in (*left, *right)):
        return False  # a time of day or a code
    return bool(right) and right[0].kind in _OPENS_A_SUM


def _judged(
    start: int, sentence: str, left: list[Token], equals: Token, right: list[Token]
) -> Iterator[Finding]:
    right = _without_tail(right)
    try:
        computed, stated = compute(left), compute(right)
    except UnreadableError:
        return
    worked = any(one.kind in _OPERATORS for one in left)
    if equals.text[:1].isalpha() and _is_share(left):
        return  # two fifths is equal to twelve: of something
    if not worked and not (stated[0].dimensions and stated[0].dimensions == computed[0].dimensions):
        return
    bare = not any(one.kind == "unit" for one in left)
    if bare:
        stated = _bare(left, right) or stated
    pairs = [(a, b) for a in computed for b in stated if a.dimensions == b.dimensions]
    if not pairs:  # 2 tablets × 500 mg: what is counted need not be carried along
        computed, stated = _uncounted(computed), _uncounted(stated)
        pairs = [(a, b) for a in computed for b in stated if a.dimensions == b.dimensions]
    if not pairs or (bare and _in_thousands(right, pairs)):
        return
    after = sentence[right[-1].end : right[-1].end + 25]
    nearby = sentence[max(0, left[0].start - 30) : right[0].start] + after
    about = equals.text in ("≈", "~=") or _ABOUT.search(nearby) is not None
    if _runs_on(right, computed) or _of_hours(left, right, computed):
        return
    kind = "arithmetic" if worked else "conversion"
    begin, end = left[0].start, right[-1].end
    value, told = pairs[0]
    yield Finding(
        kind=kind,
        verdict=judged(any(_agree(a, b, about=about) for a, b in pairs)),
        span=(start + begin, start + end),
        expected=_expected(value, told, sentence[right[0].start : right[-1].end]),
        found=sentence[right[0].start : right[-1].end],
        readings=tuple(shown(one.number) for one in computed) if len(computed) > 1 else (),
    )


def _bare(left: list[Token], right: list[Token]) -> list[Value]:
    """The figure on the right without its unit, where the left side has figures alone.

    Also without its per cent sign, where the left side is multiplied by 100 for it.
    """
    if right[0].kind != "number" or {one.kind for one in right[1:]} - {"unit", "over", "percent"}:
        return []
    if right[-1].kind == "percent":
        return compute(right[:1]) if any(one.text == "100" for one in left) else []
    return compute(right[:1]) if any(one.kind == "unit" for one in right) else []


def _uncounted(values: Sequence[Value]) -> list[Value]:
    """The values without the dimension of tablets."""
    return [
        one._replace(dimensions=tuple(d for d in one.dimensions if d[0] != "[triage_tablet]"))
        for one in values
    ]


def _in_thousands(right: list[Token], pairs: Sequence[tuple[Value, Value]]) -> bool:
    """Whether figures alone are told in a unit a thousand times as large: 4 × 70 × 40 = 11.2 L."""
    if not any(one.kind == "unit" for one in right):
        return False
    return any(
        _agree(a, b._replace(number=b.number * scale, digit=b.digit * scale), about=False)
        for a, b in pairs
        for scale in (1e-6, 1e-3, 1e3, 1e6)
    )


def _of_hours(left: list[Token], right: list[Token], computed: Sequence[Value]) -> bool:
    """Whether hours are turned by a bare figure: 120 minutes ÷ 60 = 2 hours, 60 minutes an hour."""
    cancelled = not computed[0].dimensions and any(one.kind == "unit" for one in left)
    if not cancelled and [name for name, _ in computed[0].dimensions] != ["[time]"]:
        return False
    try:
        one, other = (compute(_figures(side))[0] for side in (left, right))
    except UnreadableError:
        return False
    return _agree(one, other, about=False)


def _figures(side: list[Token]) -> list[Token]:
    """A side without its units and the strokes before them."""
    units = {at for at, one in enumerate(side) if one.kind == "unit"}
    strokes = {at for at, one in enumerate(side) if one.kind == "over" and at + 1 in units}
    return [one for at, one in enumerate(side) if at not in units | strokes]


def _runs_on(right: list[Token], computed: Sequence[Value]) -> bool:
    """Whether the right side takes the result up and goes on with it: 2 + 3 = 5 x 4 = 20."""
    for end, token in enumerate(right):
        if token.kind in _OPERATORS and end:
            try:
                first = compute(right[:end])[0]
            except UnreadableError:
                return False
            return any(
                one.dimensions == first.dimensions
                and abs(one.number - first.number) <= _NEAR * abs(one.number)
                for one in computed
            )
    return False


def _is_share(left: list[Token]) -> bool:
    return [one.kind for one in left] in (["number", "over", "number"], ["number", "percent"])


def _without_tail(right: list[Token]) -> list[Token]:
    """The right side without a bracket or sign that belongs to the sentence."""
    while right:
        opened = sum(one.kind == "open" for one in right) - sum(o.kind == "close" for o in right)
        if right[-1].kind in _OPERATORS or (right[-1].kind == "close" and opened < 0):
            right = right[:-1]
        elif opened > 0 and any(one.kind == "open" for one in right[1:]):
            last = max(i for i, one in enumerate(right) if one.kind == "open")
            right = right[:last]
        else:
            break
    return right


def _agree(computed: Value, stated: Value, *, about: bool) -> bool:
    difference = abs(computed.number - stated.number)
    size = max(abs(computed.number), abs(stated.number))
    exact = computed.whole and stated.whole and not about
    if difference <= 1e-9 * size:
        return True
    if exact and not computed.dimensions:
        return False
    if difference < stated.digit * _CUT or difference <= (_ROUGH if about else _NEAR) * size:
        return True
    # 20/30 = 66.67: a share that is told in per cent without its sign
    hundredfold = abs(computed.number * 100 - stated.number)
    is_share = not computed.dimensions and not computed.whole and stated.number > 1
    return is_share and hundredfold <= max(stated.digit * _CUT, _NEAR * stated.number)


def _expected(computed: Value, stated: Value, written: str) -> str:
    """The computed figure in the unit that the step uses."""
    if not stated.number or not stated.dimensions:
        return shown(computed.number)
    figure = re.search(r"\d[\d,]*(?:\.\d+)?|\.\d+", written)
    if figure is None:
        return shown(computed.number)
    per_one = float(figure[0].replace(",", "")) / stated.number
    return f"{shown(computed.number * per_one)}{written[figure.end() :]}"
