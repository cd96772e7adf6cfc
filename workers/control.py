"""
The control of the kill loop: plain Celery, with every setting on that is meant to keep tasks, and nothing of ours.

Each task does one effect: it appends its number to a file. Numbers that never arrive were lost by the broker and the
worker between them; numbers that arrive twice were done twice.
"""

from __future__ import annotations

import os
from typing import Final

import click
from celery import Celery
from celery.signals import worker_ready
from kombu.entity import Queue

from workers import ready

_QUEUE: Final = "control"

app = Celery("control", broker=os.environ.get("CONTROL_BROKER_URL", "redis://127.0.0.1:6379/0"))
app.conf.update(
    broker_transport_options={
        "visibility_timeout": 3,  # what a killed worker held comes again soon: lost is then what never comes
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 2,
    },
    broker_connection_retry_on_startup=True,
    task_queues=[Queue(_QUEUE)],  # type: ignore[no-untyped-call]  # kombu types only a part of itself
    task_default_queue=_QUEUE,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
)


@app.task(name="control.append")
def append(number: int) -> None:
    """Do the effect: one line, in one write to a file that is only ever appended to."""
    file = os.open(os.environ["CONTROL_EFFECTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{number}\n".encode())
    finally:
        os.close(file)


@worker_ready.connect
def announce_ready(**_: object) -> None:
    """Tell who started this worker."""
    ready.announce()


@click.command()
@click.argument("tasks", type=click.IntRange(1))
def main(tasks: int) -> None:
    """Publish this many tasks."""
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for number in range(tasks):
            append.apply_async((number,), producer=producer)


if __name__ == "__main__":
    main()
