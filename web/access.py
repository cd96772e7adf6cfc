"""Who calls: the API key of a request, and the roles a route is open to. Nothing is open unless it says so."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Final

from flask import request

from fulfillment.access.keys import Key, verify_key
from fulfillment.access.models import Role
from fulfillment.kernel.errors import Denied
from fulfillment.wiring import Services
from web.errors import RequestError
from web.headers import header

PUBLIC: Final[frozenset[Role]] = frozenset()
"""The roles of a route that anybody may call without a key. It must be said; it is never the default."""

STOREFRONT, CSR, WAREHOUSE, ADMIN = Role.STOREFRONT, Role.CSR, Role.WAREHOUSE, Role.ADMIN

_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
_REMEDY: Final = "send the key: Authorization: Bearer fk_..."


class KeyRing:
    """
    Keys that were verified a moment ago, so that not every request asks the database.

    A revoked key is refused by every process after at most `seconds`. Only keys that are valid are remembered, by their
    hash, and no more than `most`.
    """

    def __init__(
        self,
        services: Services,
        *,
        seconds: float = 5.0,
        most: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds."""
        self._services = services
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._known: dict[bytes, tuple[float, Key]] = {}
        self._lock = threading.Lock()

    def find(self, token: str) -> Key | None:
        """Give the key a client sent, or None where it is not valid."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(digest)
        if known is not None and known[0] > self._clock():
            return known[1]
        with self._services.autocommit() as session:
            key = verify_key(session, token, at=self._services.clock())
        with self._lock:
            self._known.pop(digest, None)
            if key is not None:
                if len(self._known) >= self._most:
                    self._known.clear()
                self._known[digest] = (self._clock() + self._seconds, key)
        return key


HELD_KEY: Final = "fulfillment.key"
"""Where in the environment of a request the key of a person stands whom the pages know; no client can write there."""


def caller(ring: KeyRing, roles: frozenset[Role]) -> Key:
    """Give the key of this request. Raises 401 without a valid one, Denied where its role may not call this route."""
    key: Key = request.environ.get(HELD_KEY) or _sent(ring)
    if key.role not in roles:
        listed = " or ".join(sorted(roles))
        raise Denied(f"a {key.role} key may not do this", code="role", guard="role", remedy=f"use a key of {listed}")
    return key


def _sent(ring: KeyRing) -> Key:
    scheme, _, token = header("AUTHORIZATION").partition(" ")
    if not token:
        raise RequestError(401, "no_key", "this needs an API key", remedy=_REMEDY, headers=_CHALLENGE)
    key = ring.find(token.strip()) if scheme.lower() == "bearer" and len(token) < 200 else None  # noqa: PLR2004 - keys are 61 characters
    if key is None:
        raise RequestError(401, "bad_key", "the API key is not valid", remedy=_REMEDY, headers=_CHALLENGE)
    return key
