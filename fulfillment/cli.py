"""The `fulfillment` command."""

from importlib.metadata import entry_points

import click


@click.group()
def main() -> None:
    """Order fulfillment from checkout to the customer's door."""
