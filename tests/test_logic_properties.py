"""Random puzzles with a known truth: the simulators agree with a plain computation."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from logic_cases import marks
from triage_logic.deduction.formulas import Formula, atom, consistent, follows, holds
from triage_logic.orderings.arrangements import Before, Constraint, Enumeration, Place, Solver
from triage_logic.simulators.expressions import Expression

CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}
NAMES = ("Ada", "Bob", "Cleo", "Dov", "Ella")
COLOURS = ("red", "blue", "green", "white", "black")


@st.composite
def bracket_runs(draw: st.DrawFn) -> list[str]:
    """A prefix of a well-nested sequence of at least two symbols."""
    stack: list[str] = []
    symbols: list[str] = []
    for choice in draw(st.lists(st.integers(0, 5), min_size=2, max_size=30)):
        if choice > 3 and stack:
            symbols.append(CLOSERS[stack.pop()])
        else:
            stack.append("([{<"[choice % 4])
            symbols.append(stack[-1])
    return symbols


def lines(symbols: list[str]) -> list[str]:
    """The stack after each symbol, told line by line."""
    stack: list[str] = []
    told = ["stack: empty"]
    for symbol in symbols:
        if symbol in CLOSERS:
            stack.append(symbol)
        else:
            stack.pop()
        told.append(f"{symbol} ; stack: {' '.join(stack) or 'empty'}")
    return told


@settings(max_examples=60, deadline=None)
@given(bracket_runs(), st.data())
def test_stacks_agree_and_one_wrong_line_is_the_only_one_refuted(
    symbols: list[str], data: st.DataObject
) -> None:
    told = lines(symbols)
    assert marks(" ".join(symbols), told) == "+" * len(told)
    wrong = data.draw(st.integers(1, len(symbols)))
    told[wrong] = told[wrong].replace("stack: empty", "stack:") + " ["
    signs = marks(" ".join(symbols), told)
    assert signs.index("x") == wrong


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=6),
    st.booleans(),
)
def test_swaps_agree(people: int, pairs: list[tuple[int, int]], initials: bool) -> None:
    pairs = [(a % people, b % people) for a, b in pairs if a % people != b % people] or [(0, 1)]
    held = list(COLOURS[:people])
    start = ", ".join(f"{n} has a {c} hat" for n, c in zip(NAMES, held, strict=False))
    events = " ".join(f"Then, {NAMES[a]} and {NAMES[b]} swap hats." for a, b in pairs)
    problem = f"At the start, {start}.\n{events} At the end, Ada has the\n(A) red hat."
    steps = []
    for a, b in pairs:
        held[a], held[b] = held[b], held[a]
        shown = [n[0] if initials else n for n in NAMES[:people]]
        listing = ", ".join(f"{n}: {c}" for n, c in zip(shown, held, strict=True))
        steps.append(f"{shown[a]} and {shown[b]} swap: {listing}.")
    assert marks(problem, steps) == "+" * len(steps)
    answer = "So the answer is (A)"
    assert marks(problem, [*steps, answer])[-1] == ("+" if held[0] == "red" else "x")
    one, two = held[:2]
    broken = steps[-1].replace(one, "?").replace(two, one).replace("?", two)
    assert marks(problem, [*steps[:-1], broken])[-1] == "x"


def constraints(objects: int) -> st.SearchStrategy[Constraint]:
    things = st.integers(0, objects - 1)
    places = st.frozensets(st.integers(1, objects), min_size=1)
    pairs = st.tuples(things, things).filter(lambda pair: pair[0] != pair[1])
    return st.one_of(
        st.builds(Place, things, places), pairs.map(lambda pair: Before(pair[0], pair[1]))
    )


def true_in(order: tuple[int, ...], constraint: Constraint) -> bool:
    """Whether a constraint holds when object i stands at position order[i] + 1."""
    if isinstance(constraint, Place):
        return order[constraint.thing] + 1 in constraint.positions
    return order[constraint.first] < order[constraint.second]


@settings(max_examples=60, deadline=None)
@given(st.lists(constraints(5), max_size=4), constraints(5))
def test_orders_agree_with_trying_them_all(given_: list[Constraint], claim: Constraint) -> None:
    left = [o for o in permutations(range(5)) if all(true_in(o, c) for c in given_)]
    engine = Enumeration(5)
    assert engine.possible(given_) is bool(left)
    assert engine.follows(given_, claim) is all(true_in(order, claim) for order in left)
    assert engine.places(given_, 2) == sorted({order[2] + 1 for order in left})


@settings(max_examples=15, deadline=None)
@given(st.lists(constraints(4), max_size=4), constraints(4))
def test_the_solver_agrees_with_enumeration(given_: list[Constraint], claim: Constraint) -> None:
    solver, engine = Solver(4), Enumeration(4)
    assert solver.possible(given_) == engine.possible(given_)
    assert solver.follows(given_, claim) == engine.follows(given_, claim)
    assert solver.places(given_, 0) == engine.places(given_, 0)


class OutOfTime(Solver):
    """A solver that never comes to an end in time."""

    def _satisfiable(self, given: frozenset[Constraint], broken: Constraint | None) -> None:
        return None


def test_a_solver_without_time_rules_nothing_out() -> None:
    solver = OutOfTime(4)
    assert solver.possible([]) is None
    assert solver.follows([], Before(0, 1)) is None
    assert solver.places([], 0) == [1, 2, 3, 4]


def arithmetic() -> st.SearchStrategy[str]:
    return st.recursive(
        st.integers(-9, 9).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        max_leaves=8,
    )


@settings(max_examples=100, deadline=None)
@given(arithmetic(), st.integers(1, 9))
def test_expressions_agree_with_python(text: str, off: int) -> None:
    value = eval(text)  # noqa: S307 - our own digits and signs
    assert Expression(text).value({}) == value
    if "(" in text:
        assert marks(f"{text} =", [f"{text} = {value}."]) == "+"
        assert marks(f"{text} =", [f"{text} = {value + off}."]) == "x"


def formulas() -> st.SearchStrategy[Formula]:
    binary = st.sampled_from(["and", "or", "xor", "if", "iff"])
    return st.recursive(
        st.sampled_from("pqrs").map(atom),
        lambda inner: st.one_of(
            inner.map(lambda part: Formula("not", (part,))),
            st.tuples(binary, inner, inner).map(lambda f: Formula(f[0], (f[1], f[2]))),
        ),
        max_leaves=6,
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(formulas(), max_size=3), formulas())
def test_truth_tables_agree_row_by_row(premises: list[Formula], claim: Formula) -> None:
    rows = [dict(zip("pqrs", map(bool, map(int, f"{n:04b}")), strict=True)) for n in range(16)]
    models = [row for row in rows if all(holds(premise, row) for premise in premises)]
    assert consistent(premises) is bool(models)
    assert follows(premises, claim) is all(holds(claim, row) for row in models)
