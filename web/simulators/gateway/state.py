"""What the simulated gateway knows while it runs."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from web.simulators.gateway.faults import Faults
from web.simulators.gateway.journal import Journal
from web.simulators.gateway.running import Running

NAME = "gateway"


@dataclass(frozen=True, slots=True)
class State:
    """The books, the armed faults, and the calls in hand."""

    journal: Journal
    faults: Faults
    running: Running


def state() -> State:
    """The state of the app that serves this request."""
    return cast(State, current_app.extensions[NAME])
