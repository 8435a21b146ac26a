"""The house: data flows one way, and who may import whom is written down here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

NOUNS = {"records", "errors"}
PURE = NOUNS | {"case", "segment", "fuse", "disagree", "route", "decide", "evaluate", "guarantee"}
PURE |= {"blind", "standing"}
ALLOWED: dict[str, set[str]] = {
    "records": set(),
    "errors": set(),
    "plugininfo": {"records"},
    "hookspecs": {"plugininfo", "records"},
    "plugins": {"hookspecs", "plugininfo"},
    "segment": NOUNS,
    "ingest": NOUNS | {"segment"},
    "cycles": set(),
    "redaction": NOUNS,
    "propose": NOUNS | {"cycles", "plugininfo", "plugins", "redaction"},
    "agreement": NOUNS,
    "calibration": NOUNS,
    "opinions": NOUNS,
    "alternatives": NOUNS,
    "fuse": NOUNS | {"opinions"},
    "case": NOUNS | {"alternatives", "fuse", "opinions", "route"},
    "ranking": NOUNS | {"alternatives", "calibration", "case", "fuse", "late", "opinions"},
    "disagree": NOUNS | {"alternatives", "case", "fuse", "opinions"},
    "order": NOUNS,
    "route": NOUNS | {"fuse", "order"},
    "decide": NOUNS | {"case", "fuse", "disagree", "order", "route", "standing"},
    "blind": NOUNS,
    "standing": NOUNS | {"blind", "fuse"},
    "evaluate": NOUNS | {"fuse", "decide"},
    "conformance": NOUNS | {"plugininfo", "plugins", "propose"},
    "scaffold": NOUNS | {"plugins"},
    "masking": set(),
    "settings": NOUNS | {"order", "segment"},
    "configure": NOUNS | {"masking", "panelwords", "settings"},
    "panelwords": NOUNS,
    "extras": {"records"},
    "progress": set(),
    "verdictlog": {"errors"},
    "promptbook": NOUNS,
    "providers": {"errors"},
    "late": set(),
    "judging": NOUNS
    | {"hookspecs", "late", "plugininfo", "promptbook", "providers", "redaction", "store"},
    "standin": set(),
    "store": NOUNS | {"masking", "order", "plugininfo", "verdictlog"},
    "export": NOUNS | {"fuse", "plugininfo"},
    "examples": set(),
    "guarantee": {"errors"},
    "webhooks": NOUNS | {"store"},
}
"""What each part of `triage` may import from the others; parts not named stand above all these."""

ABOVE = {
    *("pipeline", "certification", "queue", "terminal", "reference", "demo", "cli"),
    *("doctor", "destinations"),
    *("report", "server", "jobs", "client", "platforms"),
    *("__main__", "__init__"),
}
STANDARD_ONLY = {
    *("segment", "opinions", "alternatives", "case", "fuse", "disagree", "order", "route"),
    *("records", "blind", "decide", "standing"),
}
EDGES = {"sqlalchemy", "socket", "subprocess", "asyncio", "random", "time", "os", "pluggy"}


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "triage").parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_parts(names: set[str]) -> set[str]:
    parts = {name.split(".")[1] for name in names if name.startswith("triage.")}
    return {part for part in parts if part in KNOWN}


FILES = sorted((ROOT / "triage").rglob("*.py"))
KNOWN = {part_of(path) for path in FILES}


def test_every_part_has_its_place() -> None:
    assert set(ALLOWED) & KNOWN == KNOWN - ABOVE
    assert set(ALLOWED) <= KNOWN


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_part_imports_only_what_it_may(path: Path) -> None:
    part = part_of(path)
    if part in ALLOWED:
        assert own_parts(imports(path)) <= ALLOWED[part] | {part}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_part_knows_a_domain_plugin(path: Path) -> None:
    assert not {name for name in imports(path) if name.startswith("triage_")}


@pytest.mark.parametrize(
    "path", [f for f in FILES if part_of(f) in STANDARD_ONLY], ids=lambda path: path.stem
)
def test_pure_stages_touch_no_edge(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & EDGES


PUBLIC = {"judging", "promptbook", "records", "hookspecs", "plugininfo", "errors"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "plugins").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_built_in_plugins_use_the_public_names_only(path: Path) -> None:
    used = {name.split(".")[1] for name in imports(path) if name.startswith("triage.")}
    assert used & KNOWN <= PUBLIC


@pytest.mark.parametrize(
    "path",
    [*FILES, *sorted((ROOT / "plugins").rglob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
