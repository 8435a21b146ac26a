"""`triage calibrate`: learn from expert labels how likely the machine is wrong."""

from pathlib import Path
from typing import Any

import click

from triage.cli.common import DONE, as_json, configured, print_json, print_table, read_settings


@click.command()
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the fit.")
@configured
@as_json
def command(seed: int, config: Path | None, db: str | None, as_json: bool) -> int:
    """Fit the ranker and the displayed probabilities from the store's expert labels.

    Labels are the verdicts in the store and those that came with the input as `human`. With fewer
    than 200 labelled steps the ranking stays as it is and the reason is told. The model is stored
    under its hash, and the next `triage run` uses it. Finished certificates stay what they are, but
    cover nothing that the new model ranks.

    Example: triage calibrate
    """
    from triage.pipeline.learning.calibrating import calibrate
    from triage.store.look import open_existing

    settings = read_settings(config, db).settings
    done = calibrate(open_existing(settings.db), settings, seed)
    version = done.fitted.model.version
    report = done.model_dump(mode="json")
    if as_json:
        fitted = report["fitted"]
        model = {"version": version, **{k: fitted["model"][k] for k in ("labels", "why")}}
        print_json(report | {"fitted": fitted | {"model": model}})
        return DONE
    click.echo(f"model {version[:12]}: {done.fitted.model.why}")
    if done.withheld:
        click.echo(f"{done.withheld:,} labels wait for their certificate and were not used")
    _print_fit(report["fitted"])
    _print_panel(report["panel"])
    return DONE


def _print_fit(fitted: dict[str, Any]) -> None:
    if fitted["tried"]:
        click.echo("\nranking, on problems not seen (lower is better)")
        print_table(("", "AURC"), [(one["name"], f"{one['aurc']:.4f}") for one in fitted["tried"]])
    if fitted["after"]["steps"]:
        click.echo("\nprobabilities, on problems not seen (lower is better)")
        print_table(
            ("", "ECE", "Brier"),
            [
                (name, *(f"{fitted[part][what]:.4f}" for what in ("ece", "brier")))
                for name, part in (("as predicted", "before"), ("as displayed", "after"))
            ],
        )


def _print_panel(panel: dict[str, Any]) -> None:
    if not panel["judges"]:
        return
    click.echo()
    print_table(
        ("judge", "steps", "right", "adds", ""),
        [
            (
                one["judge"],
                one["steps"],
                _number(one["accuracy"]),
                _number(one["adds"]),
                "adds next to nothing" if one["advice"] else "",
            )
            for one in panel["judges"]
        ],
    )
    if panel["effective"] is not None and len(panel["judges"]) > 1:
        click.echo(
            f"{len(panel['judges'])} judges are worth {panel['effective']:.1f} independent ones"
            f" (their errors' correlation is {_number(panel['mean_correlation'])})"
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
