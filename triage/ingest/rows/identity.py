"""What makes a trace the same trace: content hashes, problem groups, and ids seen before."""

import sqlite3
import unicodedata
from hashlib import blake2b, sha256
from types import TracebackType
from typing import Final, Self

import orjson

from triage.records import Human, OutsideJudgement, Trace

_HASHED: Final = (
    "domain",
    "subject",
    "problem",
    "options",
    "text",
    "final_answer",
    "reference_answer",
    "final_correct",
    "group",
    "generator",
)


def content_hash(trace: Trace) -> str:
    """Hash everything a trace says, as 64 hexadecimal digits.

    Two traces with the same hash differ at most in their id and in where their steps stand in the
    original text. Fields without a value play no part, so a later field leaves old hashes alone.
    """
    canonical: dict[str, object] = {
        name: value for name in _HASHED if (value := getattr(trace, name)) is not None
    }
    canonical["steps"] = [step.text for step in trace.steps]
    if trace.proposals:
        canonical["proposals"] = [_fields(judgement) for judgement in trace.proposals]
    if trace.human is not None:
        canonical["human"] = _fields(trace.human)
    if trace.metadata:
        canonical["metadata"] = trace.metadata
    return sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


def id_from_content(content: str) -> str:
    """The id of a trace that came without one, from its content hash: 128 bits."""
    return content[:32]


def problem_group(problem: str) -> str:
    """The group of a trace that names none: equal for problems that differ in blanks or case."""
    plain = " ".join(unicodedata.normalize("NFKC", problem).casefold().split())
    return "problem-" + sha256(plain.encode()).hexdigest()[:24]


class SeenIds:
    """Remembers which ids an input had, and with what content, in memory that does not grow.

    The table lives in a temporary file that vanishes with the process. Ids are kept as 64-bit
    hashes: among ten million of them a chance clash has a probability below 3 in a million.
    """

    def __init__(self) -> None:
        # The consumer of a generator may sit in another thread than its maker.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY, content INTEGER NOT NULL)")
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        self._db.close()

    def same_content(self, trace_id: str, content: str) -> bool | None:
        """Whether the id came before with this content; None if it is new, and now noted."""
        key = _signed(blake2b(trace_id.encode(), digest_size=8).digest())
        value = _signed(bytes.fromhex(content[:16]))
        insert = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING"
        if self._db.execute(insert, (key, value)).rowcount:
            return None
        known = self._db.execute("SELECT content FROM seen WHERE id = ?", (key,)).fetchone()
        return bool(known[0] == value)


def _fields(record: OutsideJudgement | Human) -> dict[str, object]:
    return {name: value for name, value in record.__dict__.items() if value is not None}


def _signed(eight: bytes) -> int:
    return int.from_bytes(eight, "big", signed=True)
