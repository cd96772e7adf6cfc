"""`fulfillment bench`: what matters, measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from fulfillment.kernel.say import Say
from fulfillment.runtime.options import on_one_line

if TYPE_CHECKING:
    from rich.table import Table

    from fulfillment.settings import Settings


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
@click.option("--relays", default=1, show_default=True, type=click.IntRange(1, 16), help="Relays.")
@click.option(
    "--history", default=0, show_default=True, type=click.IntRange(0, 20_000_000), help="Orders in the tables before."
)
@click.option("--raw-script", type=click.Path(exists=True, path_type=Path), help="Another raw reference, for pgbench.")
@click.option("--raw-schema", type=click.Path(exists=True, path_type=Path), help="The tables it needs.")
@on_one_line
def lifecycle(
    seconds: int,
    clients: int,
    workers: int,
    relays: int,
    history: int,
    raw_script: Path | None,
    raw_schema: Path | None,
    *,
    as_json: bool,
) -> None:
    """Orders a second from checkout to captured, beside what plain SQL does on the same server."""
    from fulfillment.bench.lifecycle import Plan, run_lifecycle
    from fulfillment.bench.raw import SCHEMA, SCRIPT

    plan = Plan(
        seconds=seconds,
        connections=clients,
        workers=workers,
        relays=relays,
        history=history,
        raw_script=raw_script or SCRIPT,
        raw_schema=raw_schema or SCHEMA,
    )
    _run("lifecycle", lambda say: run_lifecycle(_settings(), plan, say).as_object(), as_json=as_json)


@bench.command()
@click.option("--seconds", default=20, show_default=True, type=click.IntRange(2, 3600), help="Length of the scanning.")
@click.option("--pickers", default=2, show_default=True, type=click.IntRange(1, 32), help="People who scan.")
@click.option("--orders", default=400, show_default=True, type=click.IntRange(20, 5000), help="Orders on picklists.")
@click.option(
    "--rate", default=40, show_default=True, type=click.IntRange(1, 1000), help="Checkouts a second beside it."
)
@on_one_line
def scan(seconds: int, pickers: int, orders: int, rate: int, *, as_json: bool) -> None:
    """How long a picker waits for the answer to a scan, while checkouts come in and are shipped."""
    from fulfillment.bench.scan import ScanPlan, run_scan

    plan = ScanPlan(seconds=seconds, pickers=pickers, orders=orders, checkouts_per_s=rate)
    _run("scan", lambda say: run_scan(_settings(), plan, say).as_object(), as_json=as_json)


@bench.command()
@click.option("--orders", default=1_000_000, show_default=True, type=click.IntRange(100, 20_000_000), help="Orders.")
@click.option("--beside", default=10_000, show_default=True, type=click.IntRange(100, 1_000_000), help="And how few.")
@click.option("--requests", default=60, show_default=True, type=click.IntRange(1, 10_000), help="Of each filter.")
@on_one_line
def listing(orders: int, beside: int, requests: int, *, as_json: bool) -> None:
    """How long a page of orders takes, by each filter, with many orders in the tables and with few."""
    from fulfillment.bench.listing import ListingPlan, run_listing

    plan = ListingPlan(orders=orders, beside=beside, requests=requests)
    _run("listing", lambda say: run_listing(_settings(), plan, say).as_object(), as_json=as_json)


@bench.command(name="hot-sku")
@click.option("--orders", default=30_000, show_default=True, type=click.IntRange(10, 1_000_000), help="Orders.")
@click.option("--pieces", default=1, show_default=True, type=click.IntRange(1, 1000), help="Pieces of each.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Celery workers.")
@on_one_line
def hot_sku(orders: int, pieces: int, workers: int, *, as_json: bool) -> None:
    """Pieces of one product promised a second, beside a single-row conditional UPDATE of plain SQL."""
    from fulfillment.bench.hot_sku import HotPlan, run_hot_sku

    plan = HotPlan(orders=orders, pieces=pieces, workers=workers)
    _run("hot-sku", lambda say: run_hot_sku(_settings(), plan, say).as_object(), as_json=as_json)


@bench.command()
@click.option("--rows", default=200_000, show_default=True, type=click.IntRange(10, 10_000_000), help="Rows.")
@click.option("--relays", default=1, show_default=True, type=click.IntRange(1, 16), help="Relays.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="Celery workers.")
@on_one_line
def relay(rows: int, relays: int, workers: int, *, as_json: bool) -> None:
    """Dispatch rows a second through relay, broker and worker."""
    from fulfillment.bench.relay import RelayPlan, run_relay

    plan = RelayPlan(rows=rows, relays=relays, workers=workers)
    _run("relay", lambda say: run_relay(_settings(), plan, say).as_object(), as_json=as_json)


@bench.command()
@click.option("--minutes", default=10.0, show_default=True, type=click.FloatRange(0.1, 10_000), help="How long.")
@click.option("--rate", default=100, show_default=True, type=click.IntRange(1, 1000), help="Checkouts a second.")
@on_one_line
def soak(minutes: float, rate: int, *, as_json: bool) -> None:
    """What grows under a steady load: memory, rows, the time of an answer."""
    from fulfillment.bench.soak import SoakPlan, run_soak

    plan = SoakPlan(minutes=minutes, checkouts_per_s=rate)
    _run("soak", lambda say: run_soak(_settings(), plan, say).as_object(), as_json=as_json)


@bench.command(name="all")
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(5, 3600), help="Length of each load.")
@click.option("--orders", default=1_000_000, show_default=True, type=click.IntRange(100, 20_000_000), help="Orders.")
@click.option("--beside", default=10_000, show_default=True, type=click.IntRange(100, 1_000_000), help="And how few.")
@click.option("--soak-minutes", default=10.0, show_default=True, type=click.FloatRange(0.1, 10_000), help="The soak.")
@on_one_line
def everything(seconds: int, orders: int, beside: int, soak_minutes: float, *, as_json: bool) -> None:
    """Every bench, one after the other: half an hour and more."""
    from fulfillment.bench.everything import AllPlan, run_all

    plan = AllPlan(seconds=seconds, orders=orders, beside=beside, soak_minutes=soak_minutes)
    _run("all", lambda say: run_all(_settings(), plan, say), as_json=as_json)


@bench.command()
@click.argument("figures", type=click.File())
@click.option(
    "--page",
    "file",
    default="docs/benchmarks.md",
    show_default=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The page that has the table.",
)
def page(figures: TextIO, file: Path) -> None:
    """Write what `bench all --json` has said (a file, or - for standard input) into the page of figures."""
    from fulfillment.bench.page import written

    try:
        file.write_text(written(file.read_text(encoding="utf-8"), json.load(figures)), encoding="utf-8")
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@bench.command()
@click.argument("figures", type=click.File())
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def plots(figures: TextIO, folder: Path) -> None:
    """Draw what `bench all --json` has said (a file, or - for standard input) as SVG into a folder."""
    try:
        from fulfillment.bench.plots import draw
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error}: plots need the extra `plots`") from error
    for file in draw(json.load(figures), folder):
        click.echo(file)


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


def _settings() -> Settings:
    from fulfillment.settings import Settings

    return Settings()


def _run(name: str, measure: Callable[[Say], dict[str, Any]], *, as_json: bool) -> None:
    """Measure, telling on standard error what is being done; then print the figures."""
    from rich.console import Console

    from fulfillment.runtime.faults import CannotStart

    try:
        with Console(stderr=True).status("starting") as status:
            figures = measure(status.update)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(figures))
    else:
        Console().print(_table(name, figures))


def _table(name: str, figures: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table("figure", "value", title=f"fulfillment bench {name}")
    for figure, value in figures.items():
        table.add_row(figure, _shown(value))
    return table


def _shown(value: object) -> str:
    """Write what has parts part by part; those that have parts themselves, each on a line of its own."""
    if not isinstance(value, dict):
        return str(value)
    apart = "\n" if any(isinstance(each, dict) for each in value.values()) else ", "
    return apart.join(f"{key}: {_shown(each)}" if apart == "\n" else f"{key} {each}" for key, each in value.items())
