"""What a receiver of webhooks needs: believe what is signed, and do each thing once. Needs the package `standardwebhooks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NotBelieved(ValueError):
    """It was not signed with this secret, or not now: whoever sent it, it is to be answered with 400 and forgotten."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order. The same `id` may come twice: whoever knows it already has nothing to do."""

    id: str
    type: str
    timestamp: str
    data: Mapping[str, Any]

    @property
    def order(self) -> str | None:
        """The number of the order; None for a test."""
        number = self.data.get("order")
        return None if number is None else str(number)


def believed(secret: str, headers: Mapping[str, str], body: bytes) -> Event:
    """Give the event that was posted, by the bytes as they came. Raises NotBelieved."""
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        said = Webhook(secret).verify(body, lowered)
        return Event(lowered["webhook-id"], said["type"], said["timestamp"], said["data"])
    except (WebhookVerificationError, KeyError, TypeError, ValueError) as error:
        raise NotBelieved(str(error)) from error
