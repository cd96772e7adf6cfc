"""The parts a task works with, built once per process."""

from functools import cache

from fulfillment import logs
from fulfillment.settings import Settings
from fulfillment.wiring import Services, build


@cache
def services() -> Services:
    """This process's engine, gateway and mailer.

    A child of the worker must not use a connection that its parent opened: both would read from one socket. The parent
    never calls this; each child does, when it starts (`workers.app`).
    """
    settings = Settings()
    logs.configure(settings.log_level)
    return build(settings, name="worker")
