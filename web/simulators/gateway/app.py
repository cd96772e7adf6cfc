"""The simulated gateway as a Flask app."""

from pathlib import Path

from flask import Flask

from web.simulators import refusals
from web.simulators.faults import Faults
from web.simulators.gateway import desk, inspection, operations
from web.simulators.gateway.faults import ONLY_IF_NAMED, GatewayPlan
from web.simulators.gateway.journal import Journal
from web.simulators.gateway.state import NAME, State
from web.simulators.inspection import inspection as shared_inspection
from web.simulators.parts import equip
from web.simulators.webhooks import Endpoint

BODY_BYTES = 16 * 1024  # The largest sensible body is under 1 kB.
DAY = 86_400.0  # Seconds.


def create_app(
    journal: Path, *, key_life: float = DAY, authorization_life: float = 7 * DAY, endpoint: Endpoint | None = None
) -> Flask:
    """
    A gateway with its books in `journal`.

    It forgets idempotency keys after `key_life` seconds; authorizations end after `authorization_life` seconds.
    What it decides it tells by itself to `endpoint`, where there is one.
    """
    app = Flask(NAME, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    books = Journal(journal, key_life=key_life, authorization_life=authorization_life)
    shared = equip(app, Faults(only_if_named=ONLY_IF_NAMED), endpoint)
    app.extensions[NAME] = State(books, shared.faults, shared.running, shared.webhooks)
    for each in (operations.blueprint, desk.blueprint, inspection.blueprint, shared_inspection(GatewayPlan)):
        app.register_blueprint(each)
    refusals.register(app)
    return app
