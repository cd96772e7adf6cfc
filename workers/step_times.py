"""Writes down how long steps took, now and then, beside the tasks and not in them."""

from __future__ import annotations

import threading
from typing import Final

import structlog
from celery.signals import worker_process_shutdown
from sqlalchemy.exc import SQLAlchemyError

from fulfillment.wiring import Services

log = structlog.get_logger()

EVERY_SECONDS: Final = 10.0


def keep_writing(services: Services) -> None:
    """Write every ten seconds what was counted, in a thread of its own, and what is left when this process ends."""
    ended = threading.Event()

    def write_until_the_end() -> None:
        while not ended.wait(EVERY_SECONDS):
            write(services)

    def end(**_: object) -> None:
        ended.set()
        write(services)

    worker_process_shutdown.connect(end, weak=False)
    threading.Thread(target=write_until_the_end, name="step-times", daemon=True).start()


def write(services: Services) -> None:
    """Write what was counted; where the database is away, it is kept for the next time."""
    if services.step_times.is_empty():
        return
    try:
        with services.autocommit() as session:
            services.step_times.write(session)
    except SQLAlchemyError as error:
        log.warning("step_times.unwritten", error=str(error).splitlines()[0])
