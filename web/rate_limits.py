"""
How often may be called: by one key, and from one address. Off unless a limit is set; then it costs nothing.

Counted in the broker's Redis where there is one, so that a limit holds for all processes together; else each process counts
for itself, and a client may have as many times the limit as there are processes.
"""

from __future__ import annotations

import math
import time
from typing import Final

import structlog
from flask import request
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from fulfillment.access.keys import Key
from fulfillment.settings import Settings
from web.access import HELD_KEY
from web.errors import RequestError

log = structlog.get_logger()

_PATIENCE_SECONDS: Final = 0.25
"""For Redis to count: a call is worth more than its being counted."""


class RateLimits:
    """What is counted in this process, or in all of them together."""

    def __init__(self, per_key: str | None, per_address: str | None, storage: Storage) -> None:
        """Limits are written as `600 per minute; 10000 per hour`."""
        self._per_key = parse_many(per_key) if per_key else []
        self._per_address = parse_many(per_address) if per_address else []
        self._counter = FixedWindowRateLimiter(storage)

    def count_address(self) -> None:
        """Count a call from its address, before its key is looked at. Raises 429."""
        if HELD_KEY not in request.environ:  # people at our pages have signed in, and all come from here
            self._count(self._per_address, "address", request.environ.get("REMOTE_ADDR", ""))

    def count_key(self, key: Key) -> None:
        """Count a call by its key. Raises 429."""
        if HELD_KEY not in request.environ:
            self._count(self._per_key, "key", str(key.id))

    def _count(self, limits: list[RateLimitItem], what: str, who: str) -> None:
        try:
            for limit in limits:
                if not self._counter.hit(limit, what, who):
                    raise self._too_many(limit, what, who)
        except StorageError as error:
            log.warning("rate_limit.not_counted", error=type(error.storage_error).__name__)

    def _too_many(self, limit: RateLimitItem, what: str, who: str) -> RequestError:
        seconds = max(1, math.ceil(self._counter.get_window_stats(limit, what, who).reset_time - time.time()))
        return RequestError(
            429,
            "too_many_requests",
            f"more calls by this {what} than {limit}",
            remedy=f"send it again in {seconds} seconds",
            headers={"Retry-After": str(seconds)},
        )


def make_rate_limits(settings: Settings) -> RateLimits:
    """Give the limits of these settings."""
    return RateLimits(settings.rate_limit_per_key, settings.rate_limit_per_address, _storage(settings.broker))


def _storage(broker: str | None) -> Storage:
    if broker is None or not broker.startswith(("redis://", "rediss://")):
        return MemoryStorage()
    return RedisStorage(
        broker,
        key_prefix="fulfillment-rate",
        wrap_exceptions=True,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
    )
