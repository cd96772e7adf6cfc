"""What a limit is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`page`: somebody is to look at once; `ticket`: within the working day."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Limit:
    """
    How long something may stand as it does: `seconds`, which a site may set otherwise (ALARM_LIMITS).

    `query` gives what has stood for longer, as `since` and `what`, where `{seconds}` is the limit and `:at` the present
    moment. It must find its rows by an index that holds only the open ones, or in a table that is small: it is asked with
    every scrape.
    """

    name: str
    what: str
    seconds: int
    severity: Severity
    remedy: str
    query: str
