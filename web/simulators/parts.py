"""What every simulator has while it runs, whatever it simulates."""

from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app

from web.simulators.faults import Faults
from web.simulators.running import Running
from web.simulators.webhooks import Endpoint, Webhooks

_NAME = "simulator"


@dataclass(frozen=True, slots=True)
class Parts:
    """The armed faults, the calls in hand, and the events on their way."""

    faults: Faults
    webhooks: Webhooks
    running: Running = field(default_factory=Running)


def equip(app: Flask, faults: Faults, endpoint: Endpoint | None) -> Parts:
    """Give an app its parts."""
    parts = app.extensions[_NAME] = Parts(faults, Webhooks(endpoint, faults))
    return parts


def parts() -> Parts:
    """The parts of the app that serves this request."""
    return cast(Parts, current_app.extensions[_NAME])
