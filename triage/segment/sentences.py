"""Where sentences end, with an eye for abbreviations, initials and numbers."""

import re
from collections.abc import Iterator
from typing import Final

from triage.segment.protect import Guard

_STOP: Final = re.compile(
    r"(?<![.!?…])[.!?…]++(?:[\"'”’)\]*_$]|\\[)\]])*(?=\s)|(?<![。！？])[。！？]++[」』”]*+"
)
_NEXT: Final = re.compile(r"\s+[\"'“‘(\[*_]*(?P<sign>\S)(?P<rest>\S*[ \t]*\S?)")
_LAST_WORD: Final = re.compile(r"[^\s(\[\"'“‘*_]*\Z")
_GOES_ON: Final = re.compile(
    r"dr|mr|mrs|ms|mx|prof|st|hon|sen|rep|gov|gen|col|lt|sgt|capt|rev|messrs"
    r"|e\.g|i\.e|eg|ie|cf|viz|vs|approx|ca|resp|wrt|w\.r\.t|s\.t|incl|esp"
)
_BEFORE_NUMBER: Final = re.compile(
    r"figs?|eqs?|eqns?|secs?|chs?|chap|vol|nos?|nr|arts?|paras?|cl|ex|pp?|pars?|regs?|sched|stat"
    r"|thm|lem|prop|cor|defs?|tab|app|refs?|ll?|pt|r|s|ss|c|jan|feb|mar|apr|jun|jul|aug|sept?|oct"
    r"|nov|dec"
)
_MAY_END: Final = re.compile(r"etc|al|v|inc|ltd|co|corp|jr|sr|a\.m|p\.m|am|pm|ph\.d|m\.d|b\.c|a\.d")
_STARTER: Final = re.compile(
    r"an?|and|as|at|but|by|each|for|from|given|hence|here|however|i|if|in|is|it|let|next|note|now"
    r"|on|our|similarly|since|so|that|the|then|there|therefore|these|they|this|those|thus|to|under"
    r"|we|what|when|which|while|with|you|he|she|his|her|its"
)
_REFERENCE: Final = re.compile(r"[\d§#(IVX]")
_ACRONYM: Final = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_COUNTER: Final = re.compile(r"\(?(?:\d{1,2}|[A-Za-z]|[IVX]{1,4})")
_ASSIGNMENT: Final = re.compile(r"[ \t]*[=<>≤≥≈]")
_FACTORIAL: Final = frozenset("0123456789)")
_REACH: Final = 40


def sentence_ends(text: str, start: int, end: int, guard: Guard) -> Iterator[int]:
    """Positions in `text[start:end]` behind which a new sentence begins."""
    begun = start
    for stop in _STOP.finditer(text, start, end):
        position = stop.end()
        around = guard.at(stop.start())
        if guard.at(position) is not None or (around is not None and around.end > position):
            continue
        if _ends(text, begun, stop, end):
            yield position
            begun = position


def _ends(text: str, begun: int, stop: re.Match[str], end: int) -> bool:
    follows = _NEXT.match(text, stop.end(), min(end, stop.end() + _REACH))
    if stop[0][0] in "。！？":
        return stop.end() < end
    if follows is None or not _may_begin(follows):
        return False
    if stop[0][0] == "!" and text[stop.start() - 1 : stop.start()] in _FACTORIAL:
        return follows["sign"].isupper()
    if not stop[0].startswith(".") or stop[0].startswith(".."):
        return True
    before = text[max(begun, stop.start() - _REACH) : stop.start()]
    found = _LAST_WORD.search(before)
    last = found[0] if found else ""
    plain = last.casefold()
    if _GOES_ON.fullmatch(plain):
        return False
    if _BEFORE_NUMBER.fullmatch(plain) and _REFERENCE.match(follows["sign"]):
        return False
    if _COUNTER.fullmatch(last) and before.strip() == last:
        return False
    if len(last) == 1 and last.isalpha() and last.isupper():
        return _starts_anew(follows) and not _initial(before, last)
    if _MAY_END.fullmatch(plain) or _ACRONYM.fullmatch(last):
        return _starts_anew(follows)
    return True


def _may_begin(follows: re.Match[str]) -> bool:
    sign = follows["sign"]
    if sign.islower():
        return _ASSIGNMENT.match(follows["rest"]) is not None
    return sign not in ",;:.)]}%&|"


def _starts_anew(follows: re.Match[str]) -> bool:
    word = follows["sign"] + follows["rest"].split(" ")[0]
    return _STARTER.fullmatch(word.rstrip(",'’").casefold()) is not None


def _initial(before: str, last: str) -> bool:
    """Whether a single capital follows a capitalised name part, as in `John F. The`."""
    earlier = before[: len(before) - len(last)].split()
    return bool(earlier) and earlier[-1][:1].isupper() and earlier[-1][-1:] == "."
