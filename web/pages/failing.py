"""When something cannot be shown or done: a page that says why and what to do, in the words of the API."""

from __future__ import annotations

from typing import Final

import structlog
from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from web.pages.asking import Refused

log = structlog.get_logger()

_WORDS: Final = {
    403: ("This is not yours to see", "Ask somebody whose work it is."),
    404: ("There is no such page", "Look it up in a list."),
    429: ("That was tried too often", "Wait a minute, then try again."),
}
_INTERNAL: Final = 500


def register(app: Flask) -> None:
    """Make every way of failing a page."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _not_served)
    app.register_error_handler(Exception, _broken)


def _refused(refused: Refused) -> tuple[str, int]:
    return _page(refused.status, refused.detail, refused.remedy or "")


def _forged(error: CSRFError) -> tuple[str, int]:
    return _page(error.code or 400, "This form is too old", "Load the page again, and send it from there.")


def _not_served(error: HTTPException) -> tuple[str, int]:
    status = error.code or _INTERNAL
    title, remedy = _WORDS.get(status, (error.name, error.description or ""))
    return _page(status, title, remedy)


def _broken(error: Exception) -> tuple[str, int]:
    log.error("page.broken", exc_info=error)
    return _page(_INTERNAL, "A defect on our side; nothing was changed", "Tell the operator when it happened.")


def _page(status: int, title: str, remedy: str) -> tuple[str, int]:
    return render_template("failed.html", status=status, title=title, remedy=remedy), status
