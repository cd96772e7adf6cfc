"""Commands of the task edge."""

from __future__ import annotations

import signal
import threading

import click


@click.command()
def relay() -> None:
    """Hand rows that are due to Celery, until told to stop. Any number may run."""
    from workers import ready
    from workers.app import app
    from workers.relay import Relay
    from workers.services import services

    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    ready.announce()
    Relay(services(), app).run(until=stop.is_set)
