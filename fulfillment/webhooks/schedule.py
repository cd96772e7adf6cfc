"""When a delivery is tried again, and when an endpoint is given up. Pure. Times are seconds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

WAITS: Final = (5, 30, 120, 600, 3600, 21_600, 86_400)
"""Between two attempts: seven more tries in some 31 hours."""

MOST_ATTEMPTS: Final = len(WAITS) + 1

PAUSES: Final = (1, 5, 15, 60, 300)
"""How long an endpoint that cannot be reached is left alone, by its failures in a row."""

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""An endpoint that took nothing for so long is disabled."""

SLOW_MILLISECONDS: Final = 2000
"""Who answers slower is told one thing at a time, so that others need not wait for them."""

OVERLAP: Final = timedelta(hours=24)
"""How long both secrets sign, where nobody says otherwise."""

KEPT: Final = timedelta(days=30)
"""How long what was told can be looked up, and replayed."""

_JITTER: Final = 0.2
_GONE: Final = 410
_TRY_LATER: Final = frozenset({408, 429, 502, 503, 504})
_FIRST_REFUSAL: Final = 300


def wait_after(attempts: int, *, chance: random.Random) -> float | None:
    """Give how long to wait after so many attempts, a fifth more or less; None when enough were made."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return WAITS[attempts - 1] * chance.uniform(1 - _JITTER, 1 + _JITTER)


def pause_after(failures: int) -> float:
    """Give how long an endpoint is left alone after so many failures in a row."""
    return float(PAUSES[min(failures, len(PAUSES)) - 1])


def is_taken(answered: int | None) -> bool:
    """Tell whether an answer means that the event was taken: 2xx."""
    return answered is not None and 200 <= answered < _FIRST_REFUSAL  # noqa: PLR2004 - the first success


def is_gone(answered: int | None) -> bool:
    """Tell whether an answer means that there is nothing to be told there any more."""
    return answered == _GONE


def is_unreachable(answered: int | None) -> bool:
    """Tell trouble of the whole endpoint from a no to one event: then nothing else is tried for a while."""
    return answered is None or answered in _TRY_LATER


def is_given_up(failing_since: datetime | None, at: datetime) -> bool:
    """Tell whether an endpoint took nothing for too long."""
    return failing_since is not None and at - failing_since > GIVEN_UP_AFTER
