"""What goes wrong, as RFC 9457 problems. This is the one table from the domain's kinds of refusal to HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from apiflask import APIFlask
from flask import Response, request
from psycopg import errors as postgres
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchAddress

from fulfillment.kernel.errors import Conflict, Denied, FulfillmentError, Invalid, NotFound, Stale, Transient
from fulfillment.logs import sentence
from fulfillment.payments.adding.hand_in import used_already
from web import json
from web.headers import request_id

log = structlog.get_logger()

STATUS: Final[Mapping[type[FulfillmentError], int]] = {
    Invalid: 422,
    NotFound: 404,
    Denied: 403,
    Conflict: 409,
    Stale: 412,
    Transient: 503,
}
_PUT_RIGHT: Final = "put right what errors names, field by field; /docs says what each takes"
_LOOK_UP: Final = "check the number or id, and that the key may see it"
RETRY_AFTER: Final = {"Retry-After": "1"}


class RequestError(Exception):
    """The request itself is wrong, before anybody looked at what it asks: `code` is stable, `remedy` says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        remedy: str | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`errors` are the faults of single fields."""
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.remedy = remedy
        self.errors = errors
        self.headers = dict(headers or {})


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    guard: str | None = None,
    remedy: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make an application/problem+json answer. `members` never overrule the members that every problem has."""
    body: dict[str, Any] = {
        **(members or {}),
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "request_id": request_id(),
    }
    body |= {name: value for name, value in (("guard", guard), ("remedy", remedy), ("errors", list(errors))) if value}
    return Response(json.dumps(body), status=status, mimetype="application/problem+json", headers=dict(headers or {}))


def register(app: APIFlask) -> None:
    """Make every way of failing a problem."""
    app.register_error_handler(FulfillmentError, _refused)
    app.register_error_handler(RequestError, _malformed)
    app.register_error_handler(ValidationError, _unfit)
    app.register_error_handler(HTTPException, _not_served)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeoutError, _busy)
    app.register_error_handler(Exception, _broken)


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """List the faults of a body or query by field. What was sent is not repeated: it may be a secret."""
    return [
        {"field": ".".join(map(str, fault["loc"]))[:200], "code": fault["type"], "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ][:50]


def _refused(error: FulfillmentError) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(
        status,
        error.reason,
        error.detail,
        guard=error.guard,
        remedy=error.remedy or (_LOOK_UP if isinstance(error, NotFound) else None),
        members=error.members,
        headers=RETRY_AFTER if isinstance(error, Transient) else None,
    )


def _malformed(error: RequestError) -> Response:
    return problem(
        error.status, error.code, error.detail, remedy=error.remedy, errors=error.errors, headers=error.headers
    )


def _unfit(error: ValidationError) -> Response:
    errors = field_errors(error)
    if any(fault["code"] == "card_number" for fault in errors):
        return problem(
            422,
            "card_number",
            "a card number must never be sent here",
            remedy="send the payment gateway's token; treat the number as leaked to your own logs",
            errors=errors,
        )
    first = errors[0]
    where = f"{first['field']}: " if first["field"] else ""
    return problem(422, "invalid_fields", f"{where}{first['message']}", remedy=_PUT_RIGHT, errors=errors)


def _not_served(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect of the router carries its own answer
        return Response(status=error.response.status_code, headers=dict(error.response.headers))
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    code = error.name.lower().replace(" ", "_")
    detail, remedy = error.description or error.name, None
    if isinstance(error, NoSuchAddress):
        detail, remedy = (
            "there is nothing at this address",
            "all addresses stand in /docs; an id is a whole number above 0",
        )
    elif isinstance(error, MethodNotAllowed):
        detail, remedy = (
            f"{request.method} is not possible at this address",
            f"possible is {headers.get('Allow', 'nothing')}",
        )
    return problem(status, code, detail, remedy=remedy, headers=headers)


def _database(error: DBAPIError) -> Response:
    """A database that cannot answer now is no defect; a value it cannot store is the caller's."""
    cause = error.orig
    if isinstance(cause, postgres.DataError):
        log.warning("request.value_refused", request_id=request_id(), error=sentence(cause))
        return problem(422, "invalid", "a value in the request cannot be stored")
    if isinstance(cause, postgres.UniqueViolation) and cause.diag.constraint_name == "payment_adopted_once":
        return _refused(used_already("that was handed in"))  # by two at once
    gone = isinstance(error, InterfaceError) or error.connection_invalidated
    if gone or isinstance(error, OperationalError):
        return _busy(error)
    return _broken(error)


def _busy(error: Exception) -> Response:
    log.warning("request.busy", request_id=request_id(), error=str(error).splitlines()[0])
    return problem(503, "busy", "the database is busy or does not answer", remedy="send it again", headers=RETRY_AFTER)


def _broken(error: Exception) -> Response:
    log.error("request.broken", request_id=request_id(), exc_info=error)
    return problem(
        500, "internal", "a defect on our side; nothing was changed", remedy="tell the operator the request_id"
    )
