"""Orderings of a few objects: what is possible and what follows, by enumeration or z3."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations
from math import factorial
from typing import Any, Final, NamedTuple, Protocol

_ENUMERABLE: Final = 8
_MAX_OBJECTS: Final = 26
_Z3_MILLISECONDS: Final = 100


class Place(NamedTuple):
    """An object stands at one of some positions, counted from 1."""

    thing: int
    positions: frozenset[int]


class Before(NamedTuple):
    """An object stands before another one."""

    first: int
    second: int


Constraint = Place | Before


class Arrangements(Protocol):
    """Decides questions on all orders of a number of objects."""

    engine: str

    def possible(self, given: Iterable[Constraint]) -> bool | None:
        """Whether an order fulfils all of them; None if it could not be decided in time."""

    def follows(self, given: Iterable[Constraint], claim: Constraint) -> bool | None:
        """Whether the claim holds in every order that fulfils what is given."""

    def places(self, given: Iterable[Constraint], thing: int) -> list[int]:
        """The positions where an object can be."""


def arrangements(objects: int) -> Arrangements | None:
    """The engine for a number of objects; None beyond what is decided in bounded time."""
    if objects > _MAX_OBJECTS:
        return None
    return Enumeration(objects) if objects <= _ENUMERABLE else Solver(objects)


class Enumeration:
    """All orders at once: a claim is the set of orders it holds in, one bit an order."""

    engine = "enumeration"

    def __init__(self, objects: int) -> None:
        self._at = _orders(objects)
        self._all = (1 << factorial(objects)) - 1
        self._known: dict[Constraint, int] = {}

    def possible(self, given: Iterable[Constraint]) -> bool:
        """Whether any order is left."""
        return self._left(given) != 0

    def follows(self, given: Iterable[Constraint], claim: Constraint) -> bool:
        """Whether no order is left that breaks the claim."""
        return self._left(given) & ~self._holds(claim) == 0

    def places(self, given: Iterable[Constraint], thing: int) -> list[int]:
        """The positions that an object has in the orders that are left."""
        left = self._left(given)
        return [place for place, orders in enumerate(self._at[thing], start=1) if orders & left]

    def _left(self, given: Iterable[Constraint]) -> int:
        orders = self._all
        for constraint in given:
            orders &= self._holds(constraint)
        return orders

    def _holds(self, constraint: Constraint) -> int:
        if constraint not in self._known:
            self._known[constraint] = self._orders_of(constraint)
        return self._known[constraint]

    def _orders_of(self, constraint: Constraint) -> int:
        orders = 0
        if isinstance(constraint, Place):
            places = self._at[constraint.thing]
            for position in constraint.positions:
                if position <= len(places):
                    orders |= places[position - 1]
            return orders
        earlier = 0
        pairs = zip(self._at[constraint.first], self._at[constraint.second], strict=True)
        for first, second in pairs:
            orders |= second & earlier
            earlier |= first
        return orders


class Solver:
    """The same questions by z3, for more objects than can be listed."""

    engine = "z3"

    def __init__(self, objects: int) -> None:
        self._objects = objects
        self._known: dict[tuple[frozenset[Constraint], Constraint | None], bool | None] = {}

    def possible(self, given: Iterable[Constraint]) -> bool | None:
        """Whether z3 finds an order; None if it ran out of time."""
        return self._decided(given, None)

    def follows(self, given: Iterable[Constraint], claim: Constraint) -> bool | None:
        """Whether z3 finds no order that breaks the claim."""
        breaks = self._decided(given, claim)
        return None if breaks is None else not breaks

    def places(self, given: Iterable[Constraint], thing: int) -> list[int]:
        """The positions that z3 does not rule out, all of them where it ran out of time."""
        given = list(given)
        every = range(1, self._objects + 1)
        return [
            p for p in every if self.possible([*given, Place(thing, frozenset({p}))]) is not False
        ]

    def _decided(self, given: Iterable[Constraint], broken: Constraint | None) -> bool | None:
        question = (frozenset(given), broken)
        if question not in self._known:
            self._known[question] = self._satisfiable(*question)
        return self._known[question]

    def _satisfiable(self, given: frozenset[Constraint], broken: Constraint | None) -> bool | None:
        import z3

        context = z3.Context()
        places = [z3.Int(f"o{i}", ctx=context) for i in range(self._objects)]
        solver = z3.SolverFor("QF_LIA", ctx=context)
        solver.set("timeout", _Z3_MILLISECONDS)
        solver.add(z3.Distinct(*places))
        solver.add(*(z3.And(place >= 1, place <= self._objects) for place in places))
        for constraint in given:
            solver.add(self._term(z3, places, constraint, context))
        if broken is not None:
            solver.add(z3.Not(self._term(z3, places, broken, context), ctx=context))
        result = solver.check()
        return None if result == z3.unknown else bool(result == z3.sat)

    def _term(self, z3: Any, places: list[Any], constraint: Constraint, context: Any) -> Any:
        if isinstance(constraint, Before):
            return places[constraint.first] < places[constraint.second]
        place = places[constraint.thing]
        options = [place == position for position in sorted(constraint.positions)]
        return z3.Or(*options) if options else z3.BoolVal(val=False, ctx=context)


@lru_cache(maxsize=_ENUMERABLE)
def _orders(objects: int) -> tuple[tuple[int, ...], ...]:
    """For each object and position, the set of orders that put it there, as bits."""
    size = factorial(objects) // 8 + 1
    rows = [[bytearray(size) for _ in range(objects)] for _ in range(objects)]
    for number, order in enumerate(permutations(range(objects))):
        byte, bit = number >> 3, 1 << (number & 7)
        for place, thing in enumerate(order):
            rows[thing][place][byte] |= bit
    return tuple(tuple(int.from_bytes(bits, "little") for bits in row) for row in rows)
