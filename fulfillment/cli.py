"""The `fulfillment` command. Its parts are imported when they are asked for, so that --help answers at once."""

from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

import click

# Ours, by name. Those of the edges come from the entry points `fulfillment.commands`: the domain imports no edge.
COMMANDS = {
    "db": "fulfillment.runtime.commands:db",
    "up": "fulfillment.runtime.commands:up",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted({*COMMANDS, *(point.name for point in entry_points(group="fulfillment.commands"))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name in COMMANDS:
            module, name = COMMANDS[cmd_name].split(":")
            return cast("click.Command", getattr(import_module(module), name))
        for point in entry_points(group="fulfillment.commands", name=cmd_name):
            return cast("click.Command", point.load())
        return None


@click.group(cls=_Lazy)
@click.version_option(package_name="fulfillment")
def main() -> None:
    """Order fulfillment from checkout to the customer's door."""


if __name__ == "__main__":
    main()
