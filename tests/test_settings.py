"""Settings: who wins, and what is said of a wrong one."""

from pathlib import Path

import pytest
from conftest import run_triage
from hypothesis import given
from hypothesis import strategies as st

from triage.configuration.configure import configure
from triage.configuration.settings import known_settings
from triage.errors import UsageError
from triage.runtime.masking import HIDDEN, masked, masked_value


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "triage.toml") -> Path:
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def test_the_command_line_wins_over_the_environment_over_the_file() -> None:
    write("[plugins]\nworkers = 3\nmemory_mb = 512\n[route]\nclear_risk = 0.1\n")
    environment = {"TRIAGE_PLUGINS_WORKERS": "5", "TRIAGE_ROUTE_CLEAR_RISK": "0.15"}
    told = configure(environment=environment, command_line={"route.clear_risk": 0.3, "db": None})
    plugins = told.settings.plugins
    assert (plugins.workers, plugins.memory_mb, told.settings.route.clear_risk) == (5, 512, 0.3)
    assert plugins.deadline_seconds == 10.0
    assert told.origins == {
        "plugins.workers": "environment (TRIAGE_PLUGINS_WORKERS)",
        "plugins.memory_mb": "triage.toml",
        "route.clear_risk": "command line",
    }


def test_the_environment_gives_lists_and_tables() -> None:
    write('[plugins]\nblocked = ["a"]\n[segment.domains]\nlegal = "line"\nmath = "line"\n')
    environment = {
        "TRIAGE_PLUGINS_BLOCKED": "b, c",
        "TRIAGE_SEGMENT_DOMAINS": "math = sentence, medical=paragraph",
    }
    settings = configure(environment=environment).settings
    assert settings.plugins.blocked == ("b", "c")
    assert settings.segment.domains == {
        "legal": "line", "math": "sentence", "medical": "paragraph",
    }  # fmt: skip
    assert configure(environment={"TRIAGE_PLUGINS_BLOCKED": ""}).settings.plugins.blocked == ()
    with pytest.raises(UsageError, match="TRIAGE_SEGMENT_DOMAINS should look like name="):
        configure(environment={"TRIAGE_SEGMENT_DOMAINS": "math"})


def test_every_setting_can_be_given_by_the_environment() -> None:
    samples = {"whole number": "300", "number": "0.5", "text": "sqlite:///other.db"}
    samples["true or false"] = "true"
    for setting in known_settings():
        if setting.variable is None:
            continue
        first = setting.kind.removeprefix("table of ").removeprefix("list of ").split(",")[0]
        value = samples.get(first, first)
        given_text = f"x={value}" if setting.form is dict else value
        told = configure(environment={setting.variable: given_text})
        name, *more = told.origins
        assert name.startswith(setting.name)
        assert all(one.startswith("judges.") for one in more), (
            "only a panel stands for other tables"
        )


WRONG = [
    ("[route]\nclear_rsk = 1", ["'route.clear_rsk'", "triage.toml", "'route.clear_risk'"]),
    ("[rout]\nclear_risk = 1", ["'rout'", "'route'"]),
    ("dbb = 'x'", ["'dbb'", "'db'"]),
    ("xyzzy = 1", ["'xyzzy'", "triage doctor"]),
    ("[plugins]\nworkers = 'many'", ["'plugins.workers'", "'many'", "integer"]),
    ("[plugins]\nworkers = 0", ["'plugins.workers'", "greater than or equal to 1"]),
    ("[plugins]\nblocked = [1]", ["'plugins.blocked.0'", "triage.toml", "string"]),
    ("plugins = 3", ["'plugins'", "triage.toml"]),
    ("[segment.domains]\nmath = 'fine'", ["'segment.domains.math'", "'paragraph'"]),
    ("[segment]\n'domains.x' = 1", ["'segment.domains.x'"]),
    ("a = [", ["triage.toml", "not TOML"]),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wrong_setting_is_named_with_what_would_be_right(text: str, said: list[str]) -> None:
    write(text)
    with pytest.raises(UsageError) as why:
        configure(environment={})
    for part in said:
        assert part in str(why.value)
    assert "\n" not in str(why.value)


def test_all_wrong_settings_are_told_at_once() -> None:
    write("[plugins]\nworkers = 0\nmemory_mb = 1\n[route]\nx = 1\n")
    with pytest.raises(UsageError, match=r"workers.*memory_mb.*route\.x"):
        configure(environment={})


def test_a_slip_in_a_variable_is_refused_and_a_foreign_one_only_told() -> None:
    with pytest.raises(UsageError, match="did you mean TRIAGE_PLUGINS_WORKERS"):
        configure(environment={"TRIAGE_PLUGIN_WORKERS": "3"})
    assert configure(environment={"TRIAGE_HOME": "x", "OTHER": "y"}).foreign == ("TRIAGE_HOME",)


def test_a_named_file_must_be_there() -> None:
    with pytest.raises(UsageError, match=r"none\.toml"):
        configure(file=Path("none.toml"))
    write("db = 'sqlite:///a.db'", "other.toml")
    assert configure(file=Path("other.toml"), environment={}).settings.db == "sqlite:///a.db"


def test_a_command_says_it_in_one_line_and_leaves_with_2() -> None:
    write("[route]\nclear_rsk = 1")
    ran = run_triage("export", "decisions")
    assert ran.status == 2
    said = "unknown setting 'route.clear_rsk' in triage.toml: did you mean 'route.clear_risk'?"
    assert ran.err == f"triage: {said}\n"


@pytest.mark.parametrize("amount", ["nan", "inf", "-1"])
def test_what_is_no_sum_of_money_is_no_limit_and_refused(amount: str) -> None:
    for name in ("jobs.budget_usd", "jobs.prelabel_budget_usd"):
        key = name.removeprefix("jobs.")
        write(f"[jobs]\n{key} = {amount}\n")
        with pytest.raises(UsageError) as why:
            configure(environment={})
        assert f"setting '{name}' from triage.toml is {amount}: it should be" in str(why.value)
        assert "(what judges may cost" in str(why.value)
    with pytest.raises(UsageError, match=r"server\.link_days.*it should be .*personal links"):
        configure(environment={"TRIAGE_SERVER_LINK_DAYS": amount}, file=write("", "empty.toml"))


@pytest.mark.parametrize(
    ("command", "option", "amount", "example"),
    [
        ("run", "--budget", "nan", "US dollars from 0 on, such as 5"),
        ("evaluate", "--budget", "inf", "US dollars from 0 on, such as 5"),
        ("run", "--budget", "-0.01", "US dollars from 0 on, such as 5"),
        ("report", "--hourly-rate", "nan", "US dollars above 0, such as 60"),
        ("agreement", "--admit-above", "nan", "a share from 0 to 1, such as 0.8"),
    ],
)
def test_a_command_refuses_what_is_no_amount_and_says_what_to_give(
    command: str, option: str, amount: str, example: str
) -> None:
    inputs = ["traces.jsonl"] if command in ("run", "evaluate") else []
    ran = run_triage(command, *inputs, f"{option}={amount}")
    assert ran.status == 2
    assert f"{option}': '{amount}' is no such number: give {example}" in " ".join(ran.err.split())


def test_a_wrong_url_is_told_without_its_password() -> None:
    write("[plugin.judge]\nurl = 'https://u:hush@h'\napi_key = 'hush'\ntokens = 5\nmonkey = 'x'\n")
    table = configure(environment={}).settings.plugin["judge"]
    assert masked_value("plugin.judge", table) == {
        "url": f"https://u:{HIDDEN}@h", "api_key": HIDDEN, "tokens": 5, "monkey": "x",
    }  # fmt: skip


@given(
    password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    user=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
)
def test_no_password_of_a_url_is_ever_shown(password: str, user: str) -> None:
    secret = f"Zz{password}zZ"
    for url in (
        f"postgresql://{user}:{secret}@db.example:5432/x",
        f"postgresql://db/x?user={user}&password={secret.replace('&', '').replace(';', '')}",
    ):
        assert "Zz" not in masked(url)
        assert "zZ" not in masked(url)
