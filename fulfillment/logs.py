"""Log lines: one JSON object each, the same from every process. They name ids and reasons, never a person's data."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Write events from `level` up (DEBUG, INFO, WARNING, ERROR) to stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
