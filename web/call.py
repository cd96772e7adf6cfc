"""What a handler is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from fulfillment.access.keys import Key
from fulfillment.idempotency.keys import IdempotencyClaim
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.errors import NotFound
from fulfillment.kernel.immutable import immutable
from fulfillment.wiring import Services


@immutable
class Call:
    """One request: who calls, when, and the claim of its idempotency key (commands only)."""

    services: Services
    key: Key
    request_id: str
    at: datetime
    claim: IdempotencyClaim | None = None

    @property
    def cause(self) -> Cause:
        """What a change because of this request is put down to."""
        return Cause(CauseKind.REQUEST, self.request_id, self.key.actor)

    @property
    def storefront_id(self) -> int | None:
        """The storefront whose orders alone may be seen, or None where all may."""
        return self.key.storefront_id

    def enter_warehouse(self, code: str | None, what: str) -> None:
        """Raise NotFound for what lies in a warehouse that is not this key's: it is not the caller's to see."""
        if not self.key.may_work_in(code):
            raise NotFound(f"no {what}")


@immutable
class Paper:
    """A PDF to be printed; `name` is what it is saved as."""

    content: bytes
    name: str


@immutable
class Reply:
    """An answer, before it is written down. `replayed`: it is the one that an earlier request got."""

    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False
