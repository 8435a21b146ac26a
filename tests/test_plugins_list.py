"""`triage plugins list`: what is loaded, and what is broken and why, even what kills itself."""

from pathlib import Path

from conftest import Triage


def test_good_and_broken_strangers_are_told_apart(
    triage: Triage, strangers: dict[str, str]
) -> None:
    ran = triage("plugins", "list", "--json", **strangers)
    assert ran.status == 3, ran.err
    found = {one["name"]: one for one in ran.json}
    stranger = found["stranger"]
    assert (stranger["status"], stranger["runs"]) == ("loaded", "worker process")
    assert stranger["package"].startswith("outside-plugin")
    assert stranger["version"]
    assert stranger["domains"]
    assert stranger["summary"]
    assert found["patient"]["runs"] == "event loop"
    assert found["math"]["package"].startswith("steptriage")
    broken = {name: one["why"] for name, one in found.items() if one["status"] == "broken"}
    assert set(broken) == {"misspelt", "unimportable", "imposter", "deadly", "leaving", "closing"}
    assert all(broken.values())
    assert "killed" in broken["deadly"]


def test_the_table_names_them_all(triage: Triage, strangers: dict[str, str]) -> None:
    Path("triage.toml").write_text('[plugins]\nblocked = ["deadly"]\n')
    ran = triage("plugins", "list", COLUMNS="200", **strangers)
    assert ran.status == 3
    assert "stranger" in ran.out
    assert "blocked: deadly" in ran.out
    assert "broken: misspelt" in ran.out


def test_nothing_broken_leaves_with_0(triage: Triage, strangers: dict[str, str]) -> None:
    bad = '["misspelt", "unimportable", "imposter", "deadly", "leaving", "closing"]'
    Path("triage.toml").write_text(f"[plugins]\nblocked = {bad}\n")
    ran = triage("plugins", "list", "--json", **strangers)
    assert ran.status == 0, ran.err
    assert {one["name"]: one["status"] for one in ran.json}["deadly"] == "blocked"
    assert list(Path().iterdir()) == [Path("triage.toml")]
