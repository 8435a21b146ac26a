"""`triage certify`: the guarantee, from the plan to the certificate and its check."""

from pathlib import Path
from typing import Any

import click

from triage.cli.certificates.certify_check import verify
from triage.cli.common import (
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    print_json,
    print_table,
    read_settings,
)
from triage.store.look import open_existing


@click.group()
def command() -> None:
    """Prove how wrong the clear steps are at most, and accept those for which that holds.

    plan freezes them, draw picks a blind sample for the experts' queue, sign turns its labels into
    a certificate, verify checks one anywhere.

    Example: triage certify plan --alpha 0.05
    """


command.add_command(verify)


@command.command()
@click.option("--alpha", type=float, required=True, help="Largest share of wrong labels.")
@click.option(
    "--delta", type=float, default=0.05, show_default=True, help="Chance of a broken promise."
)
@click.option(
    "--labels", type=click.IntRange(min=1), help="Blind labels over all strata; by simulation, "
    "the fewest that certify in 95 % of simulated batches, if absent.",
)  # fmt: skip
@click.option(
    "--target", type=click.Choice(["selective", "total"]), default="selective", show_default=True,
    help="A share of the accepted steps without a human label, or of all steps.",
)  # fmt: skip
@click.option(
    "--coverage", type=float, help="Share of the steps expected to be accepted, from an earlier "
    "batch, in the place of simulations; with --labels.",
)  # fmt: skip
@click.option(
    "--strata", type=click.Choice(["none", "domain", "domain-validity"]), default="none",
    show_default=True, help="What gets a promise of its own.",
)  # fmt: skip
@click.option(
    "--over", type=click.Choice(["each", "all"]), default="each", show_default=True,
    help="Whether delta holds for each stratum, or for all of them together.",
)  # fmt: skip
@click.option(
    "--claim", "promised", type=click.Choice(["label", "validity"]), default="label",
    show_default=True, help="What counts as an error: a wrong label, or only a wrong validity.",
)  # fmt: skip
@click.option(
    "--attempts", type=click.IntRange(min=1), default=1, show_default=True,
    help="Draws that may be made of a batch; delta is split over them.",
)  # fmt: skip
@click.option(
    "--second-share", type=float, default=0.04, show_default=True,
    help="Share of the undisputed first labels that get a second one.",
)  # fmt: skip
@click.option(
    "--stream", is_flag=True, help="Promise something of the steps to come, which the same "
    "versions judge and which resemble these; weaker, and marked as such.",
)  # fmt: skip
@configured
@as_json
def plan(config: Path | None, db: str | None, as_json: bool, **options: Any) -> None:
    """Freeze the clear steps in the order of their risk, and plan the blind sample.

    No label is looked at. The clear steps are those on hold without a reason; they keep their
    labels from now on, whatever later runs say. Until something is drawn, planning again replaces
    the plan.

    Example: triage certify plan --alpha 0.02 --strata domain
    """
    from triage.certification.plans.planning import PlanOptions
    from triage.certification.plans.planning import plan as make_plan

    settings = read_settings(config, db).settings
    planning = make_plan(open_existing(settings.db), settings, PlanOptions(**options))
    if as_json:
        planned = [
            one._asdict() | {"plan": one.plan.model_dump(mode="json")} for one in planning.planned
        ]
        print_json({"planned": planned, "refused": planning.refused})
        return
    rows = [
        (one.id, one.plan.stratum, one.plan.items, one.plan.labels, one.plan.zone,
         _share(one.saved), _share(one.certified), f"{one.minutes:,.0f}")
        for one in planning.planned
    ]  # fmt: skip
    headers = ["batch", "stratum", "steps", "labels", "zone", "saves", "certifies", "minutes"]
    print_table(headers, rows)
    for stratum, why in planning.refused.items():
        click.echo(f"{stratum} is left out: {why}", err=True)
    click.echo("next: triage certify draw")


@command.command()
@click.argument("batches", nargs=-1)
@click.option("--seed", type=int, help="A seed from outside, such as dice; random if absent.")
@configured
@as_json
def draw(
    batches: tuple[str, ...], seed: int | None, config: Path | None, db: str | None, as_json: bool
) -> None:
    """Draw the blind samples of the planned BATCHES, or of all, into the experts' queue.

    A batch is drawn once for every declared attempt. Experts can't tell the drawn steps from
    those they are asked about.

    Example: triage certify draw
    """
    from triage.certification.samples.drawing import draw as make_draw

    settings = read_settings(config, db).settings
    drawn = make_draw(open_existing(settings.db), settings, batches, seed)
    if as_json:
        print_json([one._asdict() for one in drawn])
        return
    for one in drawn:
        again = f", attempt {one.attempt} of {one.attempts}" if one.attempts > 1 else ""
        click.echo(f"{one.id} ({one.stratum}): {one.steps:,} steps drawn, seed {one.seed}{again}")
    click.echo("next: experts label (triage queue next, or import), then triage certify sign")


@command.command()
@click.argument("batches", nargs=-1)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the certificates, "
    "or the file for a single one; the working folder if absent.",
)  # fmt: skip
@configured
@as_json
def sign(
    batches: tuple[str, ...], out: Path, config: Path | None, db: str | None, as_json: bool
) -> int:
    """Turn the labels of the drawn BATCHES, or of all, into certificates.

    Refused as long as a label is missing or a rule is broken; it says what to do. Steps before the
    cut are accepted, those beyond it go to experts. Leaves with 3 if something can't be certified.

    Example: triage certify sign --out certificates
    """
    from triage.certification.signing import sign as make_signature
    from triage.certification.written import is_file, write_certificates

    settings = read_settings(config, db).settings
    engine = open_existing(settings.db)
    signed = make_signature(engine, settings, batches, single=is_file(out))
    files = write_certificates(signed, out)
    if as_json:
        print_json(
            [
                one._asdict()
                | {
                    "certificate": one.certificate and one.certificate.model_dump(mode="json"),
                    "file": str(files[one.batch]) if one.batch in files else None,
                }
                for one in signed
            ]
        )
    for one in () if as_json else signed:
        if one.id is None:
            click.echo(f"{one.batch} ({one.stratum}) can't be certified: {one.why}", err=True)
            after = (
                "another declared attempt is left: triage certify draw"
                if one.again
                else "its steps go to experts"
            )
            click.echo(f"  {after}", err=True)
        elif one.certificate is not None:
            click.echo(f"{files[one.batch]}: {one.certificate.claim}")
    return DONE if all(one.id for one in signed) else DONE_WITH_REJECTS


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
