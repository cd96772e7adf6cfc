"""`fulfillment import` and `fulfillment export`: the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress

    from fulfillment.files.take_in import TakenIn

_NAMES: Final = ("products", "stock", "customers", "orders")
_SHOWN_REFUSALS: Final = 20
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_ADDRESS: Final = "http://127.0.0.1:8080"

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _reaches_the_api(command: _Command) -> _Command:
    key = click.option("--key", envvar="FULFILLMENT_KEY", required=True, help="A key of the API; or FULFILLMENT_KEY.")
    url = click.option(
        "--url", envvar="FULFILLMENT_URL", default=_ADDRESS, show_default=True, help="Address of a running API."
    )
    form = click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), help="Unset: by the file's ending.")
    return form(url(key(command)))


@click.command(name="import")
@click.argument("kind", type=click.Choice(_NAMES))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_reaches_the_api
@click.option("--dry-run", is_flag=True, help="Only look: nothing is changed.")
@click.option("--update", is_flag=True, help="Change products that are there with other content.")
@click.option("--encoding", help="Of the file; unset: what its first bytes say, else UTF-8.")
@click.option("--report", type=_FILE, help="Write every refused row, with its line and the reason, to this CSV.")
def import_(
    kind: str,
    file: Path,
    *,
    key: str,
    url: str,
    form: str | None,
    dry_run: bool,
    update: bool,
    encoding: str | None,
    report: Path | None,
) -> None:
    """Take in products, stock, customers or open orders from a CSV or JSON Lines FILE.

    It may be broken off at any time and started again with the same file: what is there already is left alone. Refused
    rows are listed with their lines, and keep no other row back.

    Ends with 1 when a row was refused, with 2 for a file that cannot be read.
    """
    from fulfillment.client.api import Api
    from fulfillment.files.formats import format_of, read
    from fulfillment.files.kinds import KINDS
    from fulfillment.files.outcome import Way
    from fulfillment.files.take_in import take_in, write_refused
    from fulfillment.runtime.interrupts import interruptible

    if encoding is not None:
        _expect_encoding(encoding)
    with _in_a_sentence(), interruptible(), Api(url, key) as api, _progress() as progress:
        shape = format_of(file, form)
        bar = progress.add_task(kind, total=file.stat().st_size, rows="")
        rows = read(
            file,
            shape,
            KINDS[kind].columns,
            encoding=encoding,
            told=lambda place: progress.update(bar, completed=place),
        )
        taken = take_in(
            api,
            kind,
            rows,
            shape,
            Way(file.name, dry=dry_run, update=update),
            told=lambda so_far: progress.update(bar, rows=f"{so_far.rows:,} rows"),
        )
    if report is not None:
        write_refused(taken.refused, report)
    _tell(taken, dry=dry_run, report=report)
    sys.exit(1 if taken.refused else 0)


@click.command()
@click.argument("kind", type=click.Choice(_NAMES))
@click.argument("file", type=_FILE)
@_reaches_the_api
def export(kind: str, file: Path, *, key: str, url: str, form: str | None) -> None:
    """Write products, stock, customers or orders to a CSV or JSON Lines FILE.

    The file appears when it is whole. Orders are written as a list shows them to CSV, with everything that belongs to
    them to JSON Lines.
    """
    from fulfillment.client.api import Api
    from fulfillment.files.formats import JSON_LINES, format_of, writer
    from fulfillment.files.kinds import KINDS
    from fulfillment.runtime.interrupts import interruptible

    part = file.with_name(f"{file.name}.part")
    with _in_a_sentence(), interruptible(), Api(url, key) as api, _progress() as progress:
        shape = format_of(file, form)
        bar = progress.add_task(kind, total=None, rows="")
        count = 0
        with part.open("w", encoding="utf-8", newline="") as out:
            write = writer(out, shape, KINDS[kind].written or KINDS[kind].columns)
            for made in KINDS[kind].read(api, shape == JSON_LINES):
                write(made)
                count += 1
                progress.update(bar, rows=f"{count:,} rows")
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    click.echo(f"{count:,} rows written to {file}")


def _tell(taken: TakenIn, *, dry: bool, report: Path | None) -> None:
    done = taken.outcome
    for each in taken.refused[:_SHOWN_REFUSALS]:
        click.echo(f"line {each.line}: {each.reason}{f' ({each.remedy})' if each.remedy else ''}", err=True)
    if (more := len(taken.refused) - _SHOWN_REFUSALS) > 0:
        where = f"all are in {report}" if report is not None else "--report FILE lists all"
        click.echo(f"... and {more:,} more: {where}", err=True)
    parts = [f"{done.new:,} new", f"{done.changed:,} changed", f"{done.there:,} there already"]
    click.echo(f"{taken.rows:,} rows: {', '.join(parts)}, {len(taken.refused):,} refused")
    if dry:
        click.echo("Nothing was done: this was a dry run.")


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*shown, TextColumn("{task.fields[rows]}"), console=Console(stderr=True), transient=True) as progress:
        yield progress


def _expect_encoding(name: str) -> None:
    try:
        "".encode(name)
    except LookupError:
        raise click.UsageError(
            f"there is no encoding {name!r}; there are utf-8, utf-16, cp1252, latin-1, ..."
        ) from None


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What a person can put right is one sentence, not a traceback."""
    import httpx

    from fulfillment.client.api import RefusedError
    from fulfillment.files.formats import BadFileError
    from fulfillment.runtime.interrupts import Interrupted

    try:
        yield
    except BadFileError as error:
        raise click.UsageError(str(error)) from error
    except RefusedError as error:
        raise click.ClickException(str(error)) from error
    except httpx.TransportError as error:
        raise click.ClickException(
            f"the API does not answer ({error}): start it, or name another with --url"
        ) from error
    except Interrupted as interrupted:
        click.echo("Stopped. Start it again with the same file, and it goes on from here.", err=True)
        sys.exit(128 + interrupted.signal)
