"""What is in the wheel, and that nothing needed is left out of it."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed() -> None:
    inits = (ROOT / "triage").rglob("__init__.py")
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in inits}
    found |= {
        ".".join(path.parent.relative_to(ROOT / "plugins").parts)
        for path in (ROOT / "plugins").rglob("__init__.py")
    }
    assert found | {"triage.prompts"} == set(SETUP["tool"]["setuptools"]["packages"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    place = tmp_path_factory.mktemp("wheel")
    # from a tree that git has: what a build left behind would hide an omission
    tree = place / "tree"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--wheel-dir", str(place), str(tree)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    (built,) = place.glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_the_wheel_holds_all_code_and_data(wheel: set[str]) -> None:
    kinds = {".py", ".jsonl", ".mako", ".toml", ".html", ".js", ".css", ".md", ".svg"}
    sources = [p for p in (ROOT / "triage").rglob("*") if p.suffix in kinds]
    expected = {str(path.relative_to(ROOT)) for path in sources}
    plugins = [p for p in (ROOT / "plugins").rglob("*") if p.suffix in kinds]
    expected |= {str(path.relative_to(ROOT / "plugins")) for path in plugins}
    prompts = [p for p in (ROOT / "prompts").rglob("*") if p.suffix in {".md", ".py", ".toml"}]
    expected |= {str("triage/prompts" / path.relative_to(ROOT / "prompts")) for path in prompts}
    expected |= {"triage/py.typed"}
    assert expected <= wheel


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()
    } | {"triage"}
