"""
What every request and answer carries: an id by which both are found in logs and timelines, and headers for safety.

It stands around the application, where adding a header is appending to a list; the framework's own hooks cost several
times that on every checkout.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import has_request_context, request

from web.card_numbers import key_holds_card_number

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_ID: Final = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
REQUEST_ID_PLACE: Final = "fulfillment.request_id"
"""Where in the environment of a request its id stands."""
ROUTE_PLACE: Final = "fulfillment.route"
"""Where in the environment of a request its route stands, once it is known."""
POLICY: Final = "Content-Security-Policy"
SAFETY: Final = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-store"),
]
_NOTHING: Final = (POLICY, "default-src 'none'; frame-ancestors 'none'")


def with_headers(application: Application) -> Application:
    """Put the request's id and the headers for safety on every answer; a page may bring a policy of its own."""

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("HTTP_X_REQUEST_ID", "")
        environ[REQUEST_ID_PLACE] = request_id = said if _can_be_one(said) else uuid.uuid4().hex

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            headers = [*headers, *SAFETY, ("X-Request-ID", request_id)]
            if not any(name == POLICY for name, _ in headers):
                headers.append(_NOTHING)
            return start_response(status, headers, *more)

        return application(environ, start)

    return answer


def _can_be_one(said: str) -> bool:
    """Tell whether a client's own id can be taken over: it is kept on timelines and in logs, where no card number may be."""
    return _ID.fullmatch(said) is not None and not key_holds_card_number(said)


def request_id() -> str | None:
    """Give the id of the present request: the client's own, where it sent one that can be one."""
    return request.environ.get(REQUEST_ID_PLACE) if has_request_context() else None


def header(name: str) -> str:
    """Give a header of the request, empty where it is missing. (Looked up by the framework, a missing one costs ten times that.)"""
    value: str = request.environ.get(f"HTTP_{name}", "")
    return value
