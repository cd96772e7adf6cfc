"""How a simulator answers: JSON, problems, and no answer at all."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, current_app

PROBLEM = "application/problem+json"


def problem(status: int, code: str, detail: str, **members: object) -> Response:
    """A problem document (RFC 9457) with a stable code."""
    title = HTTPStatus(status).phrase
    return json(
        {"type": f"urn:{current_app.name}:{code}", "title": title, "status": status, "code": code, "detail": detail}
        | members,
        status,
        PROBLEM,
    )


def cut() -> Response:
    """
    Close the connection without an answer.

    The server gives up on a body that falls short of its promised length, and since nothing of it was sent yet, the
    client sees the connection end where the answer should have begun.
    """

    def too_short() -> Iterator[bytes]:
        yield b"{"

    return Response(too_short(), 200, {"Content-Length": "1000"}, mimetype="application/json")


def json(body: Mapping[str, object], status: int, mimetype: str = "application/json") -> Response:
    """A JSON answer."""
    return Response(current_app.json.dumps(body), status, mimetype=mimetype)


def moment(at: float) -> str:
    """Seconds since 1970 as RFC 3339, UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
