"""`Prefer: wait=N`: hold the answer back until what was asked for has happened, or N seconds are over."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final, TypeVar

from web.headers import header

Found = TypeVar("Found")

MOST_SECONDS: Final = 30
"""A waiting request occupies a thread of the server: longer waits are for polling."""

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.2


def seconds_to_wait() -> float:
    """Give how long the client will wait (RFC 7240); 0 where it did not say."""
    said = _WAIT.search(header("PREFER"))
    return 0.0 if said is None else float(min(int(said.group(1)), MOST_SECONDS))


def wait_for(look: Callable[[], Found | None], seconds: float) -> Found | None:
    """Look again and again, less and less often; give what was found, or None when the time is over."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        if (found := look()) is not None:
            return found
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
