"""`fulfillment chaos rush` and `interleavings`: many at once, or two at the worst moment."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from fulfillment.runtime.options import on_one_line, tell_figures

if TYPE_CHECKING:
    from fulfillment.chaos.rush import Rush


@click.command()
@click.option("--checkouts", default=200, show_default=True, type=click.IntRange(1, 1000), help="At the same moment.")
@click.option("--units", default=50, show_default=True, type=click.IntRange(1, 1000), help="That there are.")
@click.option("--repetitions", default=20, show_default=True, type=click.IntRange(1), help="Of each kind of product.")
@on_one_line
def rush(checkouts: int, units: int, repetitions: int, *, as_json: bool) -> None:
    """Many customers at once for few units; exit 1 unless exactly the units that were there were sold, each time."""
    from rich.console import Console

    from fulfillment.chaos.rush import Plan, as_object, run_rush
    from fulfillment.runtime import home
    from fulfillment.runtime.faults import CannotStart

    plan = Plan(checkouts=checkouts, units=min(units, checkouts), repetitions=repetitions)
    console = Console(stderr=True)

    def say(repetition: int, rush: Rush) -> None:
        if not as_json:
            right = "right" if rush.is_right(plan) else "WRONG"
            console.print(
                f"{repetition:3} {rush.when_short:9} {right}: answers {rush.answers}, shipments {rush.shipments}"
            )

    try:
        with home.temporary() as folder, console.status("many at once, for few"):
            figures = as_object(run_rush(folder / "system", plan, on_rush=say), plan)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(figures) if as_json else "  ".join(f"{name}={value}" for name, value in figures.items()))
    if figures["wrong"] or figures["oversold"] or figures["violations"]:
        sys.exit(1)


@click.command()
@click.option("--pairs", type=click.IntRange(1), help="About so many, by chance.  [default: all]")
@click.option("--pauses", default=2, show_default=True, type=click.IntRange(1), help="Races of each pair.")
@click.option("--situation", "situations", multiple=True, help="Only this one; several are named one by one.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of what chance decides.")
@on_one_line
def interleavings(pairs: int | None, pauses: int, situations: tuple[str, ...], seed: int, *, as_json: bool) -> None:
    """Hold one act on an order in mid-transaction while another runs; exit 1 unless it ends as one after the other would.

    In each situation every two acts that have an effect there meet, both ways round: one is held before its last commit, and
    before other statements, until the other is done or waits for it. At rest every invariant must hold.
    """
    from rich.console import Console

    from fulfillment.chaos.interleavings.run import Plan, as_object, run_interleavings
    from fulfillment.chaos.interleavings.situations import SITUATIONS
    from fulfillment.runtime import home
    from fulfillment.runtime.faults import CannotStart

    if unknown := set(situations) - set(SITUATIONS):
        raise click.UsageError(f"no such situation: {', '.join(sorted(unknown))}; there are: {', '.join(SITUATIONS)}")
    console = Console(stderr=True, quiet=as_json)
    plan = Plan(pairs=pairs, pauses=pauses, seed=seed, situations=situations)
    try:
        with home.temporary() as folder:
            outcome = run_interleavings(folder, plan, say=console.print)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    figures = as_object(outcome)
    tell_figures(figures, as_json=as_json)
    if not outcome.is_clean:
        sys.exit(1)
