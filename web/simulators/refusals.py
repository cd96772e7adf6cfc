"""How a simulator answers what goes wrong with a call."""

import logging

from flask import Flask, Response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from web.simulators import answers
from web.simulators.running import StillRunning

log = logging.getLogger(__name__)


class KeyReused(Exception):
    """The key was used before, for something else."""


def register(app: Flask) -> None:
    """Make every way of failing a problem."""
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(KeyReused, _reused)
    app.register_error_handler(StillRunning, _running)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)


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
    log.error("simulator.broken", exc_info=error)
    return answers.problem(500, "internal", "A defect of the simulator; its log says more.")
