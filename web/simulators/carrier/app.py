"""The simulated carrier as a Flask app."""

from pathlib import Path

from flask import Flask

from web.simulators import refusals
from web.simulators.carrier import desk, manifests, operations
from web.simulators.carrier.faults import ONLY_IF_NAMED, CarrierPlan
from web.simulators.carrier.journal import Journal
from web.simulators.carrier.state import NAME, State
from web.simulators.faults import Faults
from web.simulators.inspection import inspection
from web.simulators.parts import equip
from web.simulators.webhooks import Endpoint

BODY_BYTES = 64 * 1024  # A label is asked for in some 600 bytes.
DAY = 86_400.0  # Seconds.


def create_app(journal: Path, *, key_life: float = DAY, endpoint: Endpoint | None = None) -> Flask:
    """
    A carrier with its books in `journal`, which forgets idempotency keys after `key_life` seconds.

    What happens to parcels it tells by itself to `endpoint`, where there is one.
    """
    app = Flask(NAME, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    shared = equip(app, Faults(only_if_named=ONLY_IF_NAMED), endpoint)
    app.extensions[NAME] = State(Journal(journal, key_life=key_life), shared.faults, shared.running, shared.webhooks)
    for each in (operations.blueprint, manifests.blueprint, desk.blueprint, inspection(CarrierPlan)):
        app.register_blueprint(each)
    refusals.register(app)
    return app
