"""Events of a gateway that signs them by Standard Webhooks, as the simulated one does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from fulfillment.kernel.webhook import secret_bytes, verified_id
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.gateway.wire import Word


class SignedEvents:
    """Reads events that are signed with one secret."""

    def __init__(self, secret: str) -> None:
        """Raises ValueError where the secret is none."""
        self._secret = secret_bytes(secret)

    def read(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Hint:
        """
        Give what an event hints at; at nothing, where it is signed and of a kind that nobody here knows.

        Raises NotSigned before anything of the body is looked at.
        """
        event_id = verified_id(self._secret, headers, body, at=at)
        try:
            about = _Event.model_validate_json(body, strict=True).data
        except ValidationError:
            return Hint(event_id, None, None)
        return Hint(event_id, about.merchant_reference, about.key)


class _About(BaseModel):
    model_config = ConfigDict(frozen=True)

    merchant_reference: Word
    key: Word | None = None


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    data: _About
