"""The simulated gateway as a Flask app."""

import logging
from pathlib import Path

from flask import Flask, Response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from web.simulators.gateway import answers, desk, inspection, operations
from web.simulators.gateway.faults import Faults
from web.simulators.gateway.journal import Journal, KeyReused
from web.simulators.gateway.running import Running, StillRunning
from web.simulators.gateway.state import NAME, State
from web.simulators.gateway.webhooks import Endpoint, Webhooks

BODY_BYTES = 16 * 1024  # The largest sensible body is under 1 kB.
DAY = 86_400.0  # Seconds.

log = logging.getLogger(__name__)


def create_app(
    journal: Path, *, key_life: float = DAY, authorization_life: float = 7 * DAY, endpoint: Endpoint | None = None
) -> Flask:
    """
    A gateway with its books in `journal`.

    It forgets idempotency keys after `key_life` seconds; authorizations end after `authorization_life` seconds.
    What it decides it tells by itself to `endpoint`, where there is one.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    books = Journal(journal, key_life=key_life, authorization_life=authorization_life)
    faults = Faults()
    app.extensions[NAME] = State(books, faults, Running(), Webhooks(endpoint, faults))
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(desk.blueprint)
    app.register_blueprint(inspection.blueprint)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(KeyReused, _reused)
    app.register_error_handler(StillRunning, _running)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)
    return app


def _invalid(error: ValidationError) -> Response:
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return answers.problem(400, "invalid_request", "The call cannot be understood.", errors=faults)


def _reused(_: KeyReused) -> Response:
    return answers.problem(422, "key_reused", "This Idempotency-Key was used before, for something else.")


def _running(_: StillRunning) -> Response:
    return answers.problem(409, "still_running", "A call with this key has not been decided yet.")


def _refused(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect of the router carries its own answer
        return Response(status=error.response.status_code, headers=dict(error.response.headers))
    status = error.code or 500
    return answers.problem(status, f"http_{status}", error.description or error.name)


def _broken(error: Exception) -> Response:
    log.error("gateway.broken", exc_info=error)
    return answers.problem(500, "internal", "A defect of the simulator; its log says more.")
