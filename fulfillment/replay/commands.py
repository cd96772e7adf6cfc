"""`fulfillment replay`: the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from fulfillment.replay.plan import Plan
    from fulfillment.replay.report import Report

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url", envvar="FULFILLMENT_URL", help="Address of a running API; without one a system is started.")
@click.option("--key", envvar="FULFILLMENT_KEY", help="An admin key of that API.")
@click.option("--json", "as_json", is_flag=True, help="One object on one line instead of tables.")
@click.option("--report", "listed_to", type=_FILE, help="Write every row that was not acted on, and why, to this CSV.")
@click.option("--earlier-only", is_flag=True, help="Take nothing back from a sale that came after its cancellation.")
@click.option("--dry-run", is_flag=True, help="Only read the files and report what would be done.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 32), help="Requests at a time.")
@click.option(
    "--patience",
    default=400.0,  # longer than the lease of work that a killed worker held (LEASE_SECONDS), twice over
    show_default=True,
    help="Seconds nothing may happen before it gives up.",
)
def replay(
    files: tuple[Path, ...],
    *,
    url: str | None,
    key: str | None,
    as_json: bool,
    listed_to: Path | None,
    earlier_only: bool,
    dry_run: bool,
    threads: int,
    patience: float,
) -> None:
    """Post a real store's invoice FILES (online retail CSVs) through the API, and account for every row and penny.

    Sales become orders and are walked to captured, day by day; cancellations are matched to sales and refunded; all
    else is listed with its line and reason. It may be broken off at any time and started again: nothing is done twice.

    Without --url it starts a whole system on the data folder (FULFILLMENT_HOME), and runs every invariant at the end.
    Ends with 1 when something does not add up, with 2 for a file that is no invoice file.
    """
    from rich.console import Console

    from fulfillment.replay import report as reports

    if url is not None and key is None:
        raise click.UsageError("--url needs the --key of an administrator")
    # What goes to standard output with --json is the one object.
    console = Console(stderr=as_json)
    with _in_a_sentence():
        plan = _plan(files, earlier_only=earlier_only)
        if dry_run:
            result = reports.Report(plan, None, (), seconds=0)
        else:
            result = _carry_out(plan, console, url, key, threads=threads, patience=patience)
    if listed_to is not None:
        reports.write_listed(result.plan, listed_to)
    if as_json:
        click.echo(reports.as_line(result))
    else:
        reports.print_table(result, console)
    sys.exit(1 if result.differences() else 0)


def _plan(files: Sequence[Path], *, earlier_only: bool) -> Plan:
    from fulfillment.replay.plan import plan
    from fulfillment.replay.rows import BadFileError, Reason, read

    planned = plan(read(files), earlier_only=earlier_only)
    unreadable = [one for one in planned.listed if one.reason is Reason.UNREADABLE]
    if unreadable and len(unreadable) == planned.rows_in:  # another format, and "everything adds up" would be no news
        first = unreadable[0]
        raise BadFileError(f"no row can be read; the first, {first.file} line {first.line}: {first.detail}")
    return planned


def _carry_out(
    plan: Plan, console: Console, url: str | None, key: str | None, *, threads: int, patience: float
) -> Report:
    from fulfillment.client.api import Api
    from fulfillment.replay.run import run, run_on_own_system
    from fulfillment.runtime.interrupts import interruptible

    if url is None or key is None:
        return run_on_own_system(plan, console, threads=threads, patience=patience)
    with interruptible(), Api(url, key) as api:
        return run(plan, api, console, threads=threads, patience=patience)


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What a person can put right is one sentence, not a traceback."""
    from fulfillment.replay.rows import BadFileError
    from fulfillment.runtime.faults import CannotStart
    from fulfillment.runtime.interrupts import Interrupted

    try:
        yield
    except BadFileError as error:
        raise click.UsageError(str(error)) from error
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    except Interrupted as interrupted:
        click.echo("Stopped. Start it again with the same files, and it goes on from here.", err=True)
        sys.exit(128 + interrupted.signal)
