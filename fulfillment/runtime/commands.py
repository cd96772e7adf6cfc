"""`fulfillment up`, `settings`, `db` and `check`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from fulfillment.kernel.say import Say

if TYPE_CHECKING:
    from rich.table import Table

    from fulfillment.runtime.system import System

_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the API listens on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65_535), help="Port of the API; 0: any."
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(0, 64), help="Celery workers.")
@click.option("--relays", default=1, show_default=True, type=click.IntRange(0, 16), help="Relays.")
def up(host: str, port: int, workers: int, relays: int) -> None:
    """Run the whole system in the foreground, until Ctrl-C."""
    from rich.console import Console
    from rich.live import Live

    from fulfillment.runtime.up import Shape
    from fulfillment.runtime.up import up as start
    from fulfillment.settings import Settings

    console = Console()
    shape = Shape(host=host, port=port, workers=workers, relays=relays)
    with (
        suppress(KeyboardInterrupt),  # this is how it ends
        in_a_sentence(),
        start(Settings(), shape, on_step=lambda name: console.print(f"[green]ready[/] {name}")) as system,
    ):
        _introduce(console.print, system)
        with Live(_status(system), console=console, refresh_per_second=1, transient=True) as live:
            while True:
                time.sleep(1)
                live.update(_status(system))


@click.command()
@click.option(
    "--check", "holds", is_flag=True, help="Say what keeps those that are set from production; exit 1 if any."
)
def settings(*, holds: bool) -> None:
    """List every setting: its variable, what it is for, and what it is when it is not set."""
    from fulfillment.settings.described import described
    from fulfillment.settings.held_in_files import IN_FILES, file_of

    if holds:
        _check_settings()
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("variable", "what it is for", "unset")
    for setting in described():
        table.add_row(setting.variable, setting.description, setting.default)
    Console().print(table)
    click.echo(f"Each of these may name a file that holds the setting: {', '.join(map(file_of, IN_FILES))}.")


def _check_settings() -> None:
    from fulfillment.settings import Settings

    # Asked as a trial: else they would be refused before all that is wrong with them could be told one by one.
    found = Settings(environment="trial").unsafe
    for each in found:
        click.echo(f"{each.variable}: {each.reason}\n  {each.remedy}")
    if found:
        raise SystemExit(1)
    click.echo("Nothing keeps these settings from production.")


def _introduce(say: Say, system: "System") -> None:
    say(f"pages    {system.web_url}/   (accounts: fulfillment user create NAME --role csr)")
    say(f"API      {system.web_url}   (documentation: {system.web_url}/docs)")
    say(f"data     {system.settings.home}   (logs: {system.settings.logs})")
    if system.broker_notice:
        say(f"broker   {system.broker_notice}")
    say("Ctrl-C ends it.")


def _status(system: "System") -> "Table":
    from rich.table import Table

    table = Table("process", "pid", "state", "restarts")
    for name, process in list(system.processes.items()):
        table.add_row(name, str(process.pid), process.state, str(process.restarts))
    return table


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """A part that cannot start, or a database that does not answer, is one sentence, not a traceback."""
    from sqlalchemy.exc import OperationalError

    from fulfillment.runtime.faults import CannotStart

    try:
        yield
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(f"the database does not answer (DATABASE_URL): {error.orig}") from error


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema."""
    from fulfillment.db.migrate import upgrade as migrate
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings

    with in_a_sentence(), database(Settings()) as url:
        migrate(url)
    click.echo("The schema is the newest.")


@db.command()
@click.argument("file", type=_FILE)
def backup(file: Path) -> None:
    """Write all that is in the database to FILE, while everything goes on working."""
    from fulfillment.runtime.backup import back_up
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings

    with in_a_sentence(), database(Settings()) as url:
        back_up(url, file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Fill an empty database from FILE, and bring it to the newest schema."""
    from fulfillment.runtime.backup import bring_back
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings

    with in_a_sentence(), database(Settings()) as url:
        bring_back(url, file)
    click.echo("Restored. Look at it with `fulfillment check` before you let anybody in.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One object on one line instead of a table.")
def check(as_json: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Look at every invariant; exit 1 and name the rows where one is broken."""
    from rich.console import Console
    from sqlalchemy.exc import ProgrammingError

    from fulfillment.checks import report
    from fulfillment.checks.check import check_database
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings

    try:
        with in_a_sentence(), database(Settings()) as url:
            findings = check_database(url)
    except ProgrammingError as error:
        raise click.ClickException(
            f"the schema is not ours, or old: run `fulfillment db upgrade`. {error.orig}"
        ) from error
    if as_json:
        click.echo(report.as_json(findings))
    else:
        report.print_table(findings, Console())
    if not all(finding.holds for finding in findings):
        raise SystemExit(1)
