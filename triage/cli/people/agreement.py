"""`triage agreement`: how far experts agree, and who may join a queue."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from triage.cli.common import (
    DONE,
    Amount,
    as_json,
    configured,
    print_json,
    print_table,
    read_settings,
)


@click.command()
@click.option(
    "--admit-above",
    type=Amount("a share from 0 to 1, such as 0.8", min=0, max=1),
    default=0.8,
    show_default=True,
    help="Share of gold steps that an expert must get right to be admitted to a domain's queue.",
)
@click.option(
    "--least",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Fewest gold steps on which an admission is decided.",
)
@click.option("--resamples", type=click.IntRange(0, 100_000), default=1000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@configured
@as_json
def command(
    admit_above: float,
    least: int,
    resamples: int,
    seed: int,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Measure how far experts agree: Cohen, Fleiss, Krippendorff and Gwet's AC1, with intervals.

    An expert's last verdict on a step counts; blind verdicts and those amended after a reveal are
    reported apart, assisted ones are left out. Where there is gold (adjudicated verdicts, or labels
    that came with the input) it also says who would be admitted by these. What experts said of the
    steps of the gold set, in calibration rounds or hidden among the work, comes next, and last
    whether experts adopt wrong proposals once they see them.

    Example: triage agreement --json
    """
    from triage.agreement import admit, agreement_report, anchoring
    from triage.agreement.measures import Resampling
    from triage.pipeline.views.labelled import everything_given, known
    from triage.pipeline.views.reveals import revealed
    from triage.queue.gold.reliability import reliability
    from triage.store.look import open_existing

    settings = read_settings(config, db).settings
    engine = open_existing(settings.db)
    with engine.connect() as connection:
        given = everything_given(connection)
    with engine.connect() as connection:
        on_gold = [one.model_dump(mode="json") for one in reliability(connection)]
    with engine.connect() as connection:
        thoughts = list(revealed(connection))
    anchored = [one.model_dump(mode="json") for one in anchoring(thoughts, known(given))]
    how = Resampling(resamples, seed)
    report = agreement_report(given.verdicts, how).model_dump(mode="json")
    admissions = [
        one.model_dump(mode="json")
        for one in admit(given.verdicts, given.gold, above=admit_above, least=least, how=how)
    ]
    if as_json:
        print_json(report | {"admissions": admissions, "gold": on_gold, "anchoring": anchored})
        return DONE
    for mode in ("blind", "reveal_after"):
        _print_mode(report[mode])
    if report["assisted"]:
        click.echo(f"\n{report['assisted']:,} assisted verdicts are left out.")
    _print_admissions(admissions)
    _print_gold(on_gold)
    _print_anchoring(anchored)
    return DONE


def _print_mode(report: Mapping[str, Any]) -> None:
    if not report["verdicts"]:
        click.echo(f"no {report['mode']} verdicts")
        return
    click.echo(f"\n{report['mode']}: {report['verdicts']:,} verdicts")
    rows = [("all", report["overall"])]
    for part in ("domains", "labels", "experts"):
        rows += report[part].items()
    print_table(
        ("", "steps", "shared", "agree", "kappa", "alpha", "AC1"),
        [(name, one["steps"], one["shared"], *_row(one["measures"])) for name, one in rows],
    )
    pairs = [
        (" and ".join(one["experts"]), one["shared"], _cell(one["percent"]), _cell(one["cohen"]))
        for one in report["pairs"]
    ]
    if pairs:
        click.echo()
        print_table(("pair", "shared", "agree", "kappa"), pairs)


def _row(measures: Mapping[str, Any]) -> tuple[str, str, str, str]:
    kappa = measures.get("cohen", measures.get("fleiss"))
    return (
        _value(measures["percent"]),
        _cell(kappa),
        _cell(measures.get("krippendorff")),
        _value(measures.get("gwet_ac1")),
    )


def _value(estimate: Mapping[str, float | None] | None) -> str:
    return "-" if estimate is None or estimate["value"] is None else f"{estimate['value']:.2f}"


def _cell(estimate: Mapping[str, float | None] | None) -> str:
    if estimate is None or estimate["low"] is None:
        return _value(estimate)
    return f"{_value(estimate)} [{estimate['low']:.2f}, {estimate['high']:.2f}]"


def _print_admissions(admissions: Sequence[Mapping[str, Any]]) -> None:
    if not any(one["steps"] for one in admissions):
        return
    click.echo("\nagainst gold")
    said = {True: "yes", False: "no", None: "too few gold steps"}
    print_table(
        ("expert", "domain", "gold steps", "right", "kappa", "admitted"),
        [
            (
                one["expert"],
                one["domain"],
                one["steps"],
                "-" if one["agreement"] is None else f"{one['agreement']:.2f}",
                _cell(one["kappa"]),
                said[one["admitted"]],
            )
            for one in admissions
        ],
    )


def _print_gold(on_gold: Sequence[Mapping[str, Any]]) -> None:
    if not on_gold:
        return
    click.echo("\ngold steps laid before experts")
    print_table(
        ("expert", "domain", "as", "steps", "right", "validity", "kappa"),
        [
            (
                one["expert"],
                one["domain"],
                one["origin"],
                one["against"]["steps"],
                *(_cell(one["against"][name]) for name in ("percent", "validity", "cohen")),
            )
            for one in on_gold
        ],
    )


def _print_anchoring(found: Sequence[Mapping[str, Any]]) -> None:
    if not found[0]["planted"]:
        return
    click.echo("\nwrong proposals, shown after the answer")
    said = {True: "yes", False: "no", None: "too few to tell"}
    print_table(
        ("expert", "revealed", "wrong", "adopted", "share", "anchored", "power at 40 %"),
        [
            (
                one["expert"] or "all",
                one["revealed"],
                one["planted"],
                one["adopted"],
                _cell({"value": one["share"], "low": one["low"], "high": one["high"]}),
                said[one["anchored"]],
                f"{one['power']:.2f}",
            )
            for one in found
        ],
    )
