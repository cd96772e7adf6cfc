"""What the simulated carrier knows while it runs."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from web.simulators.carrier.journal import Journal
from web.simulators.faults import Faults
from web.simulators.running import Running
from web.simulators.webhooks import Webhooks

NAME = "carrier"


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
