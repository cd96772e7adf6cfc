"""The `fulfillment` command. Its parts are imported when they are asked for, so that --help answers at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final, cast

import click

if TYPE_CHECKING:
    from pydantic import ValidationError

# Ours, by name. Those of the edges come from the entry points `fulfillment.commands`: the domain imports no edge.
COMMANDS = {
    "api-key": "fulfillment.access.commands:api_key",
    "bench": "fulfillment.bench.commands:bench",
    "chaos": "fulfillment.chaos.commands:chaos",
    "check": "fulfillment.runtime.commands:check",
    "customer": "fulfillment.privacy.commands:customer",
    "db": "fulfillment.runtime.commands:db",
    "demo": "fulfillment.demo.commands:demo",
    "export": "fulfillment.files.commands:export",
    "import": "fulfillment.files.commands:import_",
    "reconcile": "fulfillment.runtime.reconcile:reconcile",
    "replay": "fulfillment.replay.commands:replay",
    "settings": "fulfillment.runtime.commands:settings",
    "up": "fulfillment.runtime.commands:up",
    "user": "fulfillment.access.account_commands:user",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted({*COMMANDS, *(point.name for point in entry_points(group="fulfillment.commands"))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        try:
            return _load(cmd_name)
        except (ImportError, AttributeError) as error:
            return _broken(cmd_name, error)

    def invoke(self, ctx: click.Context) -> object:
        """A setting that cannot be meant is one sentence, whatever command reads it."""
        try:
            return super().invoke(ctx)
        except ValueError as error:  # pydantic's is one; asked of its name, so that --help need not load pydantic
            if getattr(error, "title", None) != "Settings":
                raise
            raise click.ClickException(_of_settings(cast("ValidationError", error))) from error


def _load(command: str) -> click.Command | None:
    if command in COMMANDS:
        module, name = COMMANDS[command].split(":")
        return cast("click.Command", getattr(import_module(module), name))
    for point in entry_points(group="fulfillment.commands", name=command):
        return cast("click.Command", point.load())
    return None


def _of_settings(error: "ValidationError") -> str:
    """Each variable with what is wrong with it. The values are not told: addresses hold passwords."""
    faults = [
        f"{''.join(str(part) for part in fault['loc']).upper()}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors()
    ]
    return "; ".join(faults) + " (`fulfillment settings` tells what each is for)"


def _broken(name: str, error: Exception) -> click.Command:
    """A command that cannot be loaded does not take the others, or --help, with it."""

    def fail() -> None:
        raise click.ClickException(f"`{name}` cannot be loaded: {error}") from error

    return click.Command(name, callback=fail, short_help=f"(cannot be loaded: {error})")


@contextmanager
def _database() -> Iterator[str]:
    """The database of the settings, for commands of layers that cannot start one: handed to them as click's `obj`."""
    from fulfillment.runtime.commands import in_a_sentence
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings

    with in_a_sentence(), database(Settings()) as url:
        yield url


_TO_BEGIN: Final = """
\b
To begin:
  fulfillment demo --serve   a shop full of orders, with sign-ins, keys and calls to try
  fulfillment up             an empty system; then `fulfillment api-key create --role admin --name me`
docs/tutorial.md leads from there to a shipped order.
"""


@click.group(cls=_Lazy, epilog=_TO_BEGIN)
@click.version_option(package_name="fulfillment")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Order fulfillment from checkout to the customer's door."""
    ctx.obj = _database


if __name__ == "__main__":
    main()
