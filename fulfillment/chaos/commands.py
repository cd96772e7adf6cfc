"""`fulfillment chaos`: what must hold whatever dies, tried."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from fulfillment.chaos.race_commands import interleavings, rush
from fulfillment.runtime.options import on_one_line, tell_figures

if TYPE_CHECKING:
    from fulfillment.chaos.brokers import Kind
    from fulfillment.chaos.kill_loop import Outcome


@click.group()
def chaos() -> None:
    """Break what may break, and judge from outside what became of it."""


chaos.add_command(rush)
chaos.add_command(interleavings)


@chaos.command("kill-loop")
@click.option("--orders", default=5000, show_default=True, type=click.IntRange(1), help="Checkouts in all.")
@click.option("--kills", default=100, show_default=True, type=click.IntRange(1), help="SIGKILLs in all.")
@click.option("--lease", default=3, show_default=True, type=click.IntRange(1, 600), help="LEASE_SECONDS of the system.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of everything that chance decides.")
@click.option("--control/--no-control", default=True, help="Beside it, plain Celery under the same kind of kills.")
@click.option(
    "--sabotage", type=click.Choice(["no-fence"]), help="Take the fencing out of the workers: the judge must find it."
)
@on_one_line
def kill_loop(
    orders: int, kills: int, lease: int, seed: int, sabotage: str | None, *, control: bool, as_json: bool
) -> None:
    """Kill workers and relays at random under load; exit 1 if an order was lost or anything done twice."""
    from rich.console import Console

    from fulfillment.chaos.brokers import redis
    from fulfillment.chaos.control import TASKS_PER_KILL, run_control
    from fulfillment.chaos.kill_loop import Plan, as_object, run_loop
    from fulfillment.runtime import home
    from fulfillment.runtime.faults import CannotStart

    plan = Plan(orders=orders, kills=kills, lease=lease, seed=seed, sabotaged=sabotage is not None)
    console = Console(stderr=True)
    figures: dict[str, Any]
    try:
        with home.temporary() as folder, console.status("starting") as status:
            redis(folder)
            outcome = run_loop(folder / "system", plan, on_step=status.update)
            figures = as_object(outcome)
            if control:
                (folder / "control").mkdir()
                compared = run_control(
                    folder / "control",
                    tasks=kills * TASKS_PER_KILL,
                    kills=kills,
                    seed=seed,
                    on_kill=lambda n: status.update(f"plain Celery: {n} of {kills} kills"),
                )
                figures["control"] = asdict(compared)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    _tell(figures, outcome, as_json=as_json)
    if not outcome.is_clean or len(outcome.kills) < kills or outcome.orders < orders:
        sys.exit(1)


@chaos.command("crash-matrix")
@click.option("--broker", default="redis", show_default=True, type=click.Choice(["embedded", "redis", "rabbitmq"]))
@click.option("--step", "only", multiple=True, help="Only this step, sweep or route; several are named one by one.")
@click.option("--short", is_flag=True, help="A few points of each kind of step, in a minute.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of the order of the kills.")
@on_one_line
def crash_matrix(broker: Kind, only: tuple[str, ...], seed: int, *, short: bool, as_json: bool) -> None:
    """Kill a process at each point of each step; exit 1 if anything was lost or done twice, or a point was missed.

    Points are before and after each commit, publish, acknowledgement and outside call. They are found by walking through
    the process table once; then each is struck with SIGKILL, and what people were told is compared with the database, the
    gateway's journal and the mails.
    """
    from rich.console import Console

    from fulfillment.chaos.brokers import running
    from fulfillment.chaos.crash.matrix import Plan, as_object, run_matrix, short_plan
    from fulfillment.runtime import home
    from fulfillment.runtime.faults import CannotStart

    console = Console(stderr=True, quiet=as_json)
    try:
        with home.temporary() as folder, running(broker, folder) as (url, _):
            plan = short_plan(seed) if short else Plan(only=only, seed=seed)
            outcome = run_matrix(folder / "matrix", replace(plan, broker_url=url), say=console.print)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    figures = {"broker": broker, **as_object(outcome)}
    tell_figures(figures, as_json=as_json)
    if not outcome.is_clean:
        sys.exit(1)


@chaos.command()
@click.option("--broker", default="redis", show_default=True, type=click.Choice(["embedded", "redis", "rabbitmq"]))
@click.option("--fault", "names", multiple=True, help="Only this one; several are named one by one.")
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(0.5), help="That each fault goes on.")
@on_one_line
def faults(broker: Kind, names: tuple[str, ...], seconds: float, *, as_json: bool) -> None:
    """Disturb the links to database, broker and gateway while orders are worked; exit 1 unless each fault was got over."""
    from rich.console import Console

    from fulfillment.chaos.faults.kinds import FAULTS
    from fulfillment.chaos.faults.run import as_object, run_faults
    from fulfillment.runtime import home
    from fulfillment.runtime.faults import CannotStart

    if unknown := set(names) - set(FAULTS):
        raise click.UsageError(f"no such fault: {', '.join(sorted(unknown))}; there are: {', '.join(FAULTS)}")
    console = Console(stderr=True, quiet=as_json)
    try:
        with home.temporary() as folder:
            outcome = run_faults(folder, names or tuple(FAULTS), broker=broker, seconds=seconds, say=console.print)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    figures = {"broker": broker, **as_object(outcome)}
    tell_figures(figures, as_json=as_json)
    if not outcome.is_clean:
        sys.exit(1)


@chaos.command()
@click.option("--steps", default=200_000, show_default=True, type=click.IntRange(1), help="Rules drawn in all.")
@click.option("--seconds", type=click.FloatRange(min=1), help="End sooner, after so long.")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed draws the same rules."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="Walks at once, each with a seed of its own from --seed on.  [default: one per core]",
)
@click.option("--stage", default=0, type=click.IntRange(0), help="Begin with this one of a seed, to have it again.")
@click.option(
    "--sabotage",
    type=click.Choice(["new-key", "no-entry", "timeout-is-no"]),
    help="Break a rule of how money is moved: the judge must find it.",
)
@on_one_line
def money(
    steps: int,
    seconds: float | None,
    seed: int,
    processes: int | None,
    stage: int,
    sabotage: str | None,
    *,
    as_json: bool,
) -> None:
    """Move money at random under every kind of bad luck; exit 1 unless each identity held after each step.

    People place, pay, capture, refund, void, edit and cancel; the gateway refuses, is cut off or answers late; workers die
    between its effect and writing it down, and every step comes twice. At each rest our ledger must equal the gateway's
    journal to the minor unit. Ctrl-C or SIGTERM ends it sooner: what it did until then is judged and told.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from fulfillment import logs
    from fulfillment.chaos.money.several import LOG_LEVEL, Plan, added_up, run_walks
    from fulfillment.chaos.money.walk import as_object
    from fulfillment.runtime import home
    from fulfillment.runtime.faults import CannotStart

    console = Console(stderr=True)
    logs.configure(LOG_LEVEL)
    try:
        with home.temporary() as folder, Progress(console=console, disable=as_json, transient=True) as progress:
            task = progress.add_task(f"seed {seed}", total=steps)
            outcomes = run_walks(
                folder,
                Plan(seed, steps, first_stage=stage, most_seconds=seconds or float("inf"), sabotage=sabotage),
                processes=min(processes or os.cpu_count() or 1, steps),
                on_step=lambda done: progress.update(task, completed=done),
            )
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    outcome = added_up(outcomes)
    figures = {**as_object(outcome), "seeds": [each.seed for each in outcomes]}
    if as_json:
        click.echo(json.dumps(figures))
    else:
        click.echo("  ".join(f"{name}={value}" for name, value in figures.items() if name != "findings"))
        for finding in outcome.findings:
            console.print(f"[bold red]{escape(finding)}[/]", highlight=False)
    if not outcome.is_clean:
        sys.exit(1)
    if outcome.interrupted_by is not None:
        sys.exit(128 + outcome.interrupted_by)


def _tell(figures: dict[str, Any], outcome: Outcome, *, as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    if as_json:
        click.echo(json.dumps(figures))
        return
    control = figures.get("control", {})
    table = Table("figure", "ours", "plain Celery", title="fulfillment chaos kill-loop")
    for name, value in figures.items():
        if name != "control":
            table.add_row(name, str(value), str(control.get(name, "")))
    console = Console()
    console.print(table)
    for finding in (*outcome.verdict.findings, *outcome.broken):
        console.print(f"[bold red]{finding}[/]", highlight=False)
