"""`fulfillment demo`: the command line of the sample day."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fulfillment.demo.plan import LEAST


@click.command()
@click.option("--serve", is_flag=True, help="Stay up when the day is over, and say how to look around.")
@click.option(
    "--orders", default=240, show_default=True, type=click.IntRange(LEAST, 20_000), help="Checkouts of the day."
)
@click.option("--seed", default=1, show_default=True, help="Another number, another day.")
def demo(*, serve: bool, orders: int, seed: int) -> None:
    """Run a sample day on a system of its own, and tell where every order ended.

    Database, broker, payment gateway and mails are started here, whatever addresses the environment names: a made-up
    day has no business in real ones. They lie in a temporary folder that is removed at the end. With --serve and
    FULFILLMENT_HOME they stay in that folder, which must be new or empty, and `fulfillment up` goes on with it later.

    Ends with 1 when an order did not end as planned, or an invariant does not hold.
    """
    from rich.console import Console

    from fulfillment.demo.run import run
    from fulfillment.runtime.faults import CannotStart
    from fulfillment.runtime.interrupts import Interrupted, interruptible

    console = Console()
    try:
        with interruptible(), _data_folder(kept=serve) as folder:
            as_planned = run(folder, console, orders=orders, seed=seed, serve=serve)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    except Interrupted as interrupted:
        console.print("Stopped; nothing is left running.")
        sys.exit(128 + interrupted.signal)
    sys.exit(0 if as_planned else 1)


@contextmanager
def _data_folder(*, kept: bool) -> Iterator[Path]:
    from fulfillment.runtime.home import temporary

    named = os.environ.get("FULFILLMENT_HOME")
    if not kept or not named:
        with temporary() as folder:
            yield folder
        return
    folder = Path(named).resolve()
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(
            f"{folder} is not empty: `fulfillment up` goes on with what lies there; for another sample day name a new "
            "folder in FULFILLMENT_HOME, or none."
        )
    yield folder
