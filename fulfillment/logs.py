"""Log lines: one JSON object each, the same from every process. They name ids and reasons, never a person's data."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable
from typing import Final

import structlog
from structlog.typing import EventDict, ExcInfo

_QUOTED: Final = re.compile(r'"[^"]*"')
_MOST_CHARACTERS: Final = 300


def configure(level: str, *, request_id: Callable[[], str | None] = lambda: None) -> None:
    """
    Write events from `level` up (DEBUG, INFO, WARNING, ERROR) to stderr.

    `request_id` tells of which request they are, where there is one: it is asked when something is written, and costs a
    request that writes nothing nothing.
    """

    def name_request(_logger: object, _method: str, event: EventDict) -> EventDict:
        if "request_id" not in event and (found := request_id()) is not None:
            event["request_id"] = found
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(without_values),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def without_values(exc_info: ExcInfo) -> str:
    """
    Write an error as where it happened and the first line of what it says, for each that led to it.

    What follows is left out: a database tells there which row it did not take, with the name and address in it.
    """
    errors: list[BaseException] = []
    error: BaseException | None = exc_info[1]
    while error is not None and error not in errors:
        errors.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join("".join(traceback.format_tb(each.__traceback__)) + sentence(each) for each in reversed(errors))


def sentence(error: BaseException) -> str:
    """Say in one line what went wrong, without the values that a database did not take."""
    said = f"{type(error).__name__}: {error}".splitlines()[0][:_MOST_CHARACTERS]
    # By its code (class 22, data exception), whichever of the layers wraps it.
    state = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
    return _QUOTED.sub('"..."', said) if state is not None and state.startswith("22") else said
