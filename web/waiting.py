"""`Prefer: wait=N`: hold the answer back until what was asked for has happened, or N seconds are over."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from web.headers import header

Found = TypeVar("Found")

MOST_SECONDS: Final = 30
"""A waiting request occupies a thread of the server: longer waits are for polling."""

MOST_WAITERS: Final = 8
"""At once in one process: half of the server's threads stay free for whoever does not wait."""

_PLACES: Final = threading.BoundedSemaphore(MOST_WAITERS)
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.2


def seconds_to_wait() -> float:
    """Give how long the client will wait (RFC 7240); 0 where it did not say."""
    said = _WAIT.search(header("PREFER"))
    return 0.0 if said is None else float(min(int(said.group(1)), MOST_SECONDS))


def wait_for(look: Callable[[], Found | None], seconds: float) -> Found | None:
    """
    Look again and again, less and less often; give what was found, or None when the time is over.

    Where too many wait already it looks once: a preference may be ignored, an occupied server may not.
    """
    if (found := look()) is not None:
        return found
    if not _PLACES.acquire(blocking=False):
        return None
    try:
        return _look_until(look, time.monotonic() + seconds)
    finally:
        _PLACES.release()


def _look_until(look: Callable[[], Found | None], deadline: float) -> Found | None:
    pause = _FIRST_PAUSE
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        if (found := look()) is not None:
            return found
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    return None
