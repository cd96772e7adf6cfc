"""What commands that measure and try have in common: the option for one line of JSON, and how figures are told."""

import json
from collections.abc import Mapping
from typing import Any

import click

on_one_line = click.option("--json", "as_json", is_flag=True, help="One line of JSON, and nothing else.")


def tell_figures(figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print figures on one line of JSON, or each on a line of its own."""
    click.echo(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
