"""`fulfillment bench`: what matters, measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table


@click.group()
def bench() -> None:
    """Measure what matters, on this machine."""


@bench.command()
@click.option(
    "--seconds",
    default=30,
    show_default=True,
    type=click.IntRange(5, 3600),
    help="Length of the measured load; warming up and the rest take about two minutes more.",
)
@click.option("--clients", default=8, show_default=True, type=click.IntRange(1, 64), help="Connections that check out.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="Celery workers.")
@click.option("--raw-script", type=click.Path(exists=True, path_type=Path), help="Another raw reference, for pgbench.")
@click.option("--raw-schema", type=click.Path(exists=True, path_type=Path), help="The tables it needs.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, and nothing else.")
def lifecycle(
    seconds: int, clients: int, workers: int, raw_script: Path | None, raw_schema: Path | None, *, as_json: bool
) -> None:
    """Orders a second from checkout to captured, beside what plain SQL does on the same server."""
    from rich.console import Console

    from fulfillment.bench.lifecycle import Plan, run_lifecycle
    from fulfillment.bench.raw import SCHEMA, SCRIPT
    from fulfillment.runtime.faults import CannotStart
    from fulfillment.settings import Settings

    plan = Plan(
        seconds=seconds,
        connections=clients,
        workers=workers,
        raw_script=raw_script or SCRIPT,
        raw_schema=raw_schema or SCHEMA,
    )
    progress = Console(stderr=True)
    try:
        with progress.status("starting") as status:
            figures = run_lifecycle(Settings(), plan, say=status.update).as_object()
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(figures))
    else:
        Console().print(_table("lifecycle", figures))


@bench.command()
@click.option("--seconds", default=20, show_default=True, type=click.IntRange(2, 3600), help="Length of the scanning.")
@click.option("--pickers", default=2, show_default=True, type=click.IntRange(1, 32), help="People who scan.")
@click.option("--orders", default=400, show_default=True, type=click.IntRange(20, 5000), help="Orders on picklists.")
@click.option(
    "--rate", default=40, show_default=True, type=click.IntRange(1, 1000), help="Checkouts a second beside it."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, and nothing else.")
def scan(seconds: int, pickers: int, orders: int, rate: int, *, as_json: bool) -> None:
    """How long a picker waits for the answer to a scan, while checkouts come in and are shipped."""
    from rich.console import Console

    from fulfillment.bench.scan import ScanPlan, run_scan
    from fulfillment.runtime.faults import CannotStart
    from fulfillment.settings import Settings

    plan = ScanPlan(seconds=seconds, pickers=pickers, orders=orders, checkouts_per_s=rate)
    progress = Console(stderr=True)
    try:
        with progress.status("starting") as status:
            figures = run_scan(Settings(), plan, say=status.update).as_object()
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(figures))
    else:
        Console().print(_table("scan", figures))


@bench.command()
@click.option("--orders", default=10_000, show_default=True, type=click.IntRange(40, 20_000_000), help="How many.")
@click.option("--years", default=3, show_default=True, type=click.IntRange(1, 50), help="Over how many years.")
@click.option(
    "--products", default=4_000, show_default=True, type=click.IntRange(200, 70_000), help="Of how many products."
)
def load(orders: int, years: int, products: int) -> None:
    """Fill the empty database of the settings with a history of orders, to try things on."""
    from rich.console import Console

    from fulfillment.bench.history.write import History, write_history
    from fulfillment.db.migrate import upgrade
    from fulfillment.runtime import home
    from fulfillment.runtime.commands import in_a_sentence
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings

    history = History(orders=orders, years=years, products=products)
    with in_a_sentence(), database(Settings()) as url, home.temporary() as folder:
        upgrade(url)
        with Console(stderr=True).status("starting") as status:
            written = write_history(url, folder, history, status.update)
    click.echo(f"{written.orders} orders, {written.rows} rows in {written.seconds:.0f} s")


def _table(name: str, figures: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table("figure", "value", title=f"fulfillment bench {name}")
    for figure, value in figures.items():
        shown = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(figure, shown)
    return table
