"""Propositional formulas and what follows from them: truth tables as bits, z3 beyond 12 atoms."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

_TABLE_ATOMS: Final = 12
_MAX_ATOMS: Final = 60
_Z3_MILLISECONDS: Final = 100


class Formula(NamedTuple):
    """An atom by its name, or a connective over one or two formulas.

    Attributes:
        operator: `atom`, `not`, `and`, `or`, `xor`, `if` or `iff`.
        atom: The atom's name; empty for a connective.
    """

    operator: str
    parts: tuple["Formula", ...] = ()
    atom: str = ""

    @property
    def atoms(self) -> frozenset[str]:
        """The names of its atoms."""
        if self.operator == "atom":
            return frozenset({self.atom})
        return frozenset().union(*(part.atoms for part in self.parts))

    def __str__(self) -> str:
        match self.operator:
            case "atom":
                return self.atom
            case "not":
                return f"not {self.parts[0]}"
            case operator:
                return f"({self.parts[0]} {_SHOWN[operator]} {self.parts[1]})"


_SHOWN: Final = {"and": "and", "or": "or", "xor": "xor", "if": "->", "iff": "<->"}


def atom(name: str) -> Formula:
    """The formula that is one atom."""
    return Formula("atom", atom=name)


def negation(formula: Formula) -> Formula:
    """Its negation; two negations cancel."""
    return formula.parts[0] if formula.operator == "not" else Formula("not", (formula,))


def holds(formula: Formula, values: Mapping[str, bool]) -> bool | None:
    """Its truth value; None if an atom's is not given."""
    if not formula.atoms <= values.keys():
        return None
    return _bits(formula, {name: int(value) for name, value in values.items()}, 1) == 1


def follows(premises: Iterable[Formula], claim: Formula) -> bool | None:
    """Whether the claim is true wherever all premises are; None if undecided in time."""
    satisfiable = consistent([*premises, Formula("not", (claim,))])
    return None if satisfiable is None else not satisfiable


def consistent(formulas: Iterable[Formula]) -> bool | None:
    """Whether all formulas can be true together; None if undecided in time."""
    formulas = list(formulas)
    names = sorted(frozenset().union(*(formula.atoms for formula in formulas)))
    if len(names) > _MAX_ATOMS:
        return None
    if len(names) > _TABLE_ATOMS:
        return _solved(formulas, names)
    rows, every = truth_columns(names)
    for formula in formulas:
        every &= _bits(formula, rows, every)
    return every != 0


def truth_columns(names: list[str]) -> tuple[dict[str, int], int]:
    """For each name its column of the truth table, one bit a row, and the full column."""
    rows = 1 << len(names)
    every = (1 << rows) - 1
    columns = {}
    for number, name in enumerate(names):
        half = 1 << number
        columns[name] = every // ((1 << half) + 1) << half
    return columns, every


def _bits(formula: Formula, columns: Mapping[str, int], every: int) -> int:
    if formula.operator == "atom":
        return columns[formula.atom]
    parts = [_bits(part, columns, every) for part in formula.parts]
    match formula.operator:
        case "not":
            return every ^ parts[0]
        case "and":
            return parts[0] & parts[1]
        case "or":
            return parts[0] | parts[1]
        case "xor":
            return parts[0] ^ parts[1]
        case "if":
            return every ^ parts[0] | parts[1]
        case _:
            return every ^ parts[0] ^ parts[1]


def _solved(formulas: list[Formula], names: list[str]) -> bool | None:
    import z3

    context = z3.Context()
    columns = {name: z3.Bool(f"a{i}", ctx=context) for i, name in enumerate(names)}
    solver = z3.Solver(ctx=context)
    solver.set("timeout", _Z3_MILLISECONDS)
    solver.add(*(_term(z3, formula, columns) for formula in formulas))
    result = solver.check()
    return None if result == z3.unknown else bool(result == z3.sat)


def _term(z3: Any, formula: Formula, columns: Mapping[str, Any]) -> Any:
    if formula.operator == "atom":
        return columns[formula.atom]
    parts = [_term(z3, part, columns) for part in formula.parts]
    make = {
        "not": z3.Not,
        "and": z3.And,
        "or": z3.Or,
        "xor": z3.Xor,
        "if": z3.Implies,
        "iff": lambda left, right: left == right,
    }
    return make[formula.operator](*parts)
