"""The house: data flows one way, and who may import whom is written down here."""

import ast
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

NOUNS = {"records", "errors"}
ALLOWED: dict[str, set[str]] = {
    "records": set(),
    "errors": set(),
    "plugininfo": {"records"},
    "hookspecs": {"plugininfo", "records"},
    "plugins": {"hookspecs", "plugininfo"},
    "segment": NOUNS,
    "ingest": NOUNS | {"segment"},
    "runtime": set(),
    "runtime.extras": {"records"},
    "redaction": NOUNS,
    "propose": NOUNS
    | {"plugininfo", "plugins", "redaction", "runtime.bounds"}
    | {"runtime.cycles"},
    "agreement": NOUNS,
    "calibration": NOUNS,
    "deciding.opinions": NOUNS,
    "deciding.alternatives": NOUNS,
    "deciding.order": NOUNS,
    "deciding.blind": NOUNS,
    "deciding.fuse": NOUNS | {"deciding.opinions"},
    "deciding.route": NOUNS | {"deciding.fuse", "deciding.order"},
    "deciding.case": NOUNS
    | {"deciding.alternatives", "deciding.fuse", "deciding.opinions", "deciding.route"},
    "deciding.disagree": NOUNS
    | {"deciding.alternatives", "deciding.case", "deciding.fuse", "deciding.opinions"},
    "deciding.standing": NOUNS | {"deciding.blind", "deciding.fuse"},
    "deciding": NOUNS,
    "deciding.decide": NOUNS | {"deciding"},
    "ranking": NOUNS | {"calibration", "deciding", "runtime.late"},
    "evaluate": NOUNS | {"deciding.fuse", "deciding.decide"},
    "conformance": NOUNS | {"plugininfo", "plugins", "propose"},
    "configuration": NOUNS | {"deciding.order", "runtime.masking", "segment"},
    "verdictlog": {"errors"},
    "promptbook": NOUNS,
    "providers": {"errors"},
    "judging": NOUNS
    | {"hookspecs", "plugininfo", "promptbook", "providers", "redaction", "store"}
    | {"runtime.cycles", "runtime.late", "runtime.proxies"},
    "standin": set(),
    "store": NOUNS | {"deciding.order", "plugininfo", "runtime.masking", "verdictlog"},
    "export": NOUNS | {"deciding.fuse", "plugininfo"},
    "examples": set(),
    "guarantee": {"errors"},
    "webhooks": NOUNS | {"store"},
    "client": NOUNS | {"webhooks"},
    "reference": NOUNS | {"configuration", "ingest"},
}
"""What each part of `triage` may import from the others; a name stands for all that is below it."""

STOREYS = (
    {"pipeline"},
    {"certification"},
    {"queue"},
    {"jobs", "report", "terminal"},
    {"platforms"},
    {"server"},
    {"cli"},
    {"__main__"},
)
"""The parts above all these, from the lowest up: each may import what is below it."""

ROOMS: dict[str, set[str]] = {
    "triage.certification.checks": {"triage.certification", "triage.certification.samples"},
    "triage.certification.plans": {"triage.certification"},
    "triage.certification.samples": {"triage.certification"},
    "triage.cli.certificates": {"triage.cli"},
    "triage.cli.exchange": {"triage.cli"},
    "triage.cli.people": {"triage.cli"},
    "triage.cli.running": {"triage.cli"},
    "triage.cli.upkeep": {"triage.cli"},
    "triage.evaluate.tallies": {"triage.evaluate"},
    "triage.guarantee.choosing": {"triage.guarantee", "triage.guarantee.procedures"},
    "triage.guarantee.procedures": set(),
    "triage.ingest.files": {"triage.ingest"},
    "triage.ingest.rows": {"triage.ingest"},
    "triage.judging.bookkeeping": {"triage.judging"},
    "triage.judging.calls": {
        *("triage.judging", "triage.judging.bookkeeping", "triage.judging.questions"),
    },
    "triage.judging.questions": {"triage.judging"},
    "triage.pipeline.learning": {"triage.pipeline", "triage.pipeline.views"},
    "triage.pipeline.trials": {"triage.pipeline", "triage.pipeline.views"},
    "triage.pipeline.views": set(),
    "triage.platforms.label_studio": {"triage.platforms", "triage.platforms.label_studio.forms"},
    "triage.platforms.label_studio.forms": {"triage.platforms"},
    "triage.queue.gold": {"triage.queue"},
    "triage.queue.verdicts": {"triage.queue", "triage.queue.gold"},
    "triage.report.rendering": {"triage.report", "triage.report.tallies"},
    "triage.report.tallies": {"triage.report"},
    "triage.server.http": set(),
    "triage.server.accounts": {"triage.server.http"},
    "triage.server.experts": {"triage.server.accounts", "triage.server.http"},
    "triage.server.platforms": {"triage.server.accounts", "triage.server.http"},
    "triage.server.desk.text": set(),
    "triage.server.desk": {
        *("triage.server.accounts", "triage.server.desk.text"),
        *("triage.server.experts", "triage.server.http"),
    },
    "triage.server.lead": {
        *("triage.server.accounts", "triage.server.desk", "triage.server.desk.text"),
        *("triage.server.experts", "triage.server.http"),
    },
    "triage.store.migrations": {"triage.store.tables"},
    "triage.store.migrations.versions": set(),
    "triage.store.tables": set(),
    "triage.store.certification": {"triage.store", "triage.store.people", "triage.store.tables"},
    "triage.store.labelling": {"triage.store", "triage.store.people", "triage.store.tables"},
    "triage.store.people": {"triage.store", "triage.store.tables"},
    "triage.store.platforms": {"triage.store", "triage.store.tables"},
    "triage.store.run": {"triage.store", "triage.store.tables"},
    "triage_clinical.quantities": set(),
    "triage_logic.deduction": {"triage_logic"},
    "triage_logic.orderings": {"triage_logic"},
    "triage_logic.simulators": {"triage_logic", "triage_logic.orderings"},
    "triage_math.notation": set(),
    "triage_math.parsing": {"triage_math.notation"},
    "triage_math.polynomials": {"triage_math.parsing"},
    "triage_math.claims": {
        *("triage_math.notation", "triage_math.parsing", "triage_math.polynomials"),
    },
    "triage_math.comparing": {
        *("triage_math.claims", "triage_math.notation", "triage_math.parsing"),
    },
    "triage_math.numbers": {
        *("triage_math.claims", "triage_math.comparing", "triage_math.notation"),
        *("triage_math.parsing", "triage_math.polynomials"),
    },
    "triage_math.analysis": {
        *("triage_math.claims", "triage_math.comparing"),
        *("triage_math.notation", "triage_math.parsing"),
    },
    "triage_math.equations": {
        *("triage_math.analysis", "triage_math.claims", "triage_math.comparing"),
        *("triage_math.notation", "triage_math.numbers"),
        *("triage_math.parsing", "triage_math.polynomials"),
    },
}
"""Which folders of its own package a folder within it may import; a name stands for that one alone.

Files that stand directly in a package bring its folders together and may import all of them.
"""

STANDARD_ONLY = {"deciding", "records", "segment"}
EDGES = {"sqlalchemy", "socket", "subprocess", "asyncio", "random", "time", "os", "pluggy"}
PUBLIC = {"judging", "promptbook", "records", "hookspecs", "plugininfo", "errors"}
A_DOZEN = 12


def module_of(path: Path) -> str:
    """A file's dotted name; a package's own is that of its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[parts[0] == "plugins" :]).removesuffix(".__init__")


FILES = sorted((ROOT / "triage").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
MODULES = {module_of(path): path for path in [*FILES, *PLUGINS]}
ABOVE = set().union(*STOREYS)


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_modules(path: Path) -> set[str]:
    """The house's own modules that a file takes something from."""
    return {name for name in imports(path) if name in MODULES} - {"triage"}


def within(name: str, places: Iterable[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def place_of(name: str) -> str:
    """The nearest entry for a module of `triage`: its own, its folder's, or its part's."""
    names = list(accumulate(name.split(".")[1:], "{}.{}".format))
    return next((one for one in reversed(names) if one in ALLOWED), names[0] if names else "")


def folder_of(name: str) -> str:
    return name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]


def names_of(paths: Iterable[Path]) -> list[str]:
    return sorted(module_of(path) for path in paths)


def test_every_part_has_its_place() -> None:
    parts = {name.split(".")[1] for name in MODULES if name.startswith("triage.")}
    assert {place.split(".")[0] for place in ALLOWED} == parts - ABOVE
    assert all(f"triage.{place}" in MODULES for place in [*ALLOWED, *ABOVE])
    folders = {folder_of(name) for name in MODULES}
    assert set(ROOMS) == {folder for folder in folders if folder.count(".") > 1} | {
        folder for folder in folders if folder.startswith("triage_") and "." in folder
    }


@pytest.mark.parametrize("name", names_of(FILES))
def test_a_part_imports_only_what_it_may(name: str) -> None:
    place, part = place_of(name), name.split(".")[1] if "." in name else ""
    used = {one.removeprefix("triage.") for one in own_modules(MODULES[name])}
    if place in ALLOWED:
        own = {place} if "." in place else {part}
        assert not {one for one in used if not within(one, ALLOWED[place] | own)}
    elif part in ABOVE:
        at = next(i for i, storey in enumerate(STOREYS) if part in storey)
        higher = set().union(*STOREYS[at:]) - {part}
        assert not {one for one in used if within(one, higher)}


@pytest.mark.parametrize("name", [one for one in sorted(MODULES) if folder_of(one) in ROOMS])
def test_a_folder_imports_only_the_folders_it_may(name: str) -> None:
    folder = folder_of(name)
    package = ".".join(folder.split(".")[: 1 + folder.startswith("triage.")])
    used = {folder_of(one) for one in own_modules(MODULES[name]) if within(one, {package})}
    assert used <= ROOMS[folder] | {folder}


@pytest.mark.parametrize("name", names_of(FILES))
def test_no_part_knows_a_domain_plugin(name: str) -> None:
    assert not {one for one in imports(MODULES[name]) if one.startswith("triage_")}


@pytest.mark.parametrize(
    "name", [one for one in names_of(FILES) if within(one.removeprefix("triage."), STANDARD_ONLY)]
)
def test_pure_stages_touch_no_edge(name: str) -> None:
    assert not {one.split(".")[0] for one in imports(MODULES[name])} & EDGES


@pytest.mark.parametrize("name", names_of(PLUGINS))
def test_built_in_plugins_use_the_public_names_only(name: str) -> None:
    used = {one for one in own_modules(MODULES[name]) if one.startswith("triage.")}
    assert {one.split(".")[1] for one in used} <= PUBLIC


@pytest.mark.parametrize("name", names_of([*FILES, *PLUGINS]))
def test_files_stay_small(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    "folder",
    sorted({path.parent for top in ("triage", "plugins", "benchmarks")
            for path in (ROOT / top).rglob("*.py")}),
    ids=lambda folder: str(folder.relative_to(ROOT)),
)  # fmt: skip
def test_a_folder_holds_less_than_a_dozen_files(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) < A_DOZEN
