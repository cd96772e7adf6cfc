"""Look: what stands for longer than its limit, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from fulfillment.alarms.limit import Limit
from fulfillment.alarms.limits import LIMITS

MOST_COUNTED: Final = 1000
"""Beyond this it does not matter how many."""

_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """That some things stand over their limit: how many (1000 stands for more), since when the first, and a few by name."""

    limit: Limit
    seconds: int
    count: int
    since: datetime
    examples: Sequence[str]


def alarms(session: Session, settings: Mapping[str, int], *, at: datetime) -> list[Alarm]:
    """Give the alarms there are at this moment, in the order of the table; `settings` are limits of this site, in seconds."""
    seconds = limits_of(settings)
    parameters = {"at": at, **seconds}
    found = {row.name: row for row in session.execute(_statement(), parameters)}
    return [
        Alarm(limit, seconds[limit.name], row.found, row.since, row.examples)
        for limit in LIMITS
        if (row := found.get(limit.name)) is not None
    ]


def limits_of(settings: Mapping[str, int]) -> dict[str, int]:
    """Give the seconds of every limit. Raises ValueError for a limit that nobody knows."""
    known = {limit.name: limit.seconds for limit in LIMITS}
    if unknown := sorted(settings.keys() - known.keys()):
        raise ValueError(f"ALARM_LIMITS: there is no limit {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return known | dict(settings)


@cache
def _statement() -> TextClause:
    arms = [
        f"(SELECT '{limit.name}' AS name, count(*) AS found, min(since) AS since,"  # noqa: S608 - our own names only
        f" (array_agg(what ORDER BY since))[1:{_EXAMPLES}] AS examples"
        f" FROM ({limit.query.replace('{seconds}', f':{limit.name}')} LIMIT {MOST_COUNTED}) v HAVING count(*) > 0)"
        for limit in LIMITS
    ]
    return text(" UNION ALL ".join(arms))
