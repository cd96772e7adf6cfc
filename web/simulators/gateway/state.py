"""What the simulated gateway knows while it runs."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from web.simulators.faults import Faults
from web.simulators.gateway.journal import Journal
from web.simulators.running import Running
from web.simulators.webhooks import Webhooks

NAME = "gateway"


@dataclass(frozen=True, slots=True)
class State:
    """The books, the armed faults, the calls in hand, and the events on their way."""

    journal: Journal
    faults: Faults
    running: Running
    webhooks: Webhooks


def state() -> State:
    """The state of the app that serves this request."""
    return cast(State, current_app.extensions[NAME])
