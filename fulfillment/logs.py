"""Log lines: one JSON object each, the same from every process. They name ids and reasons, never a person's data."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog
from structlog.typing import EventDict


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
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
