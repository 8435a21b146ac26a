"""The docs can't lie: hooks, commands and examples are what the code says."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from conftest import Triage, read_lines, write_lines

from triage import hookspecs
from triage.cli.main import cli, module_of

ROOT = Path(__file__).parent.parent
PLUGINS = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
HOOKS = [name for name in vars(hookspecs) if name.startswith("triage_")]


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_arguments(name: str) -> None:
    function = vars(hookspecs)[name]
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    assert f"### `{name}({', '.join(arguments)})`" in PLUGINS
    assert function.__doc__


def test_no_hook_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"### `(triage_\w+)\(", PLUGINS)) == set(HOOKS)


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            inner = click.Context(command)
            for word in command.list_commands(inner):
                below = command.get_command(inner, word)
                assert below is not None
                found.append((f"{name} {word}", below))
    return found


COMMANDS = commands()


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    assert command.help
    if not isinstance(command, click.Group):
        assert f"Example: triage {name}" in re.sub(r"\s+", " ", command.help)


def test_the_list_of_commands_is_current() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "commands.py")],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == made


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'pydantic', 'sqlalchemy', 'sympy', 'scipy', 'rich', 'pluggy', 'triage_math'}"
    code = (
        "import sys\nfrom triage.cli.main import cli\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        f"assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_example_plugin_works_as_shown(triage: Triage, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PLUGINS, re.DOTALL)
    (toml,) = re.findall(r"```toml\n(.*?)```", PLUGINS, re.DOTALL)
    (tmp_path / "p" / "triage_chemistry").mkdir(parents=True)
    (tmp_path / "p" / "triage_chemistry" / "__init__.py").write_text(code)
    (tmp_path / "p" / "pyproject.toml").write_text(toml)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--target", str(tmp_path / "site"), str(tmp_path / "p")],
        check=True,
        capture_output=True,
    )  # fmt: skip
    steps = ["Weigh the sample.", "It has a mass of -3 g."]
    trace = {"domain": "chemistry", "problem": "How heavy?", "steps": steps}
    write_lines(Path("in.jsonl"), [trace])
    ran = triage("run", "in.jsonl", "--out", "out.jsonl", PYTHONPATH=f"{tmp_path}/site")
    assert ran.status == 0, ran.err
    first, second = read_lines(Path("out.jsonl"))
    assert {"source": "chemistry", "why": "no-claim"} in first["abstained"]
    (proposal,) = second["proposals"]
    assert proposal["label"] == "incorrect"
    (claim,) = proposal["evidence"]["claims"]
    assert second["text"][slice(*claim["span"])] == "-3"


def test_module_names_of_commands_are_real() -> None:
    for name, _ in COMMANDS:
        import_module(module_of(name.split()[0]))
