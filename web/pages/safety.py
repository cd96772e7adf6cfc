"""What a browser may do with our pages: load what is ours, and nothing else."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from web.headers import POLICY, SAFETY

_OURS_ALONE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_KEPT_SECONDS: Final = 3600


def register(app: Flask) -> None:
    """Put the headers for safety on every answer."""
    app.after_request(_made_safe)


def _made_safe(response: Response) -> Response:
    for name, value in SAFETY:
        response.headers.setdefault(name, value)
    response.headers.setdefault(POLICY, _OURS_ALONE)
    if request.endpoint in ("static", "bootstrap.static"):
        response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    return response
