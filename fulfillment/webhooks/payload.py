"""What is sent: a small document by Standard Webhooks, and its signature. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from fulfillment.kernel.webhook import secret_bytes, signed_headers


def webhook_id(event_id: int, position: int) -> str:
    """Name an event: the same for every endpoint, at every attempt, and when it is replayed."""
    return f"evt_{event_id}_{position}"


def body_of(event: str, happened_at: datetime, data: Mapping[str, Any]) -> bytes:
    """Write what is told: which event, when, of which order, and where to read more. No name, no address."""
    return orjson.dumps({"type": event, "timestamp": happened_at.isoformat(), "data": dict(data)})


def headers_of(secrets: Sequence[str], identity: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """Sign by each of the secrets: while one takes the place of another, the receiver may know either."""
    each = [signed_headers(secret_bytes(secret), identity, body, at=at) for secret in secrets]
    return {
        "Content-Type": "application/json",
        **each[0],
        "webhook-signature": " ".join(headers["webhook-signature"] for headers in each),
    }
