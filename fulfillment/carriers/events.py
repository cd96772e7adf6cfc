"""What a carrier tells by itself of a parcel: signed by Standard Webhooks, as the simulated carrier does it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Annotated, Final, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from fulfillment.kernel.webhook import secret_bytes, verified_id


class Scan(StrEnum):
    """What a carrier says of a parcel, in its own order of things."""

    LABEL_CREATED = auto()
    IN_TRANSIT = auto()
    OUT_FOR_DELIVERY = auto()
    DELIVERED = auto()
    EXCEPTION = auto()
    DAMAGED = auto()
    LOST = auto()
    RETURNED_TO_SENDER = auto()


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One thing that happened to a parcel, at the carrier's own time; `id` is the same however often it is told."""

    id: str
    tracking_number: str
    scan: Scan
    occurred_at: datetime
    description: str | None = None
    location: str | None = None


class TrackingReader(Protocol):
    """What reads the events of one carrier."""

    def read(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> TrackingEvent | None:
        """Give an event, or None for one that means nothing here. Raises NotSigned where signature or time are wrong."""
        ...


class SignedTracking:
    """Reads events that are signed with one secret."""

    def __init__(self, secret: str) -> None:
        """Raises ValueError where the secret is none."""
        self._secret = secret_bytes(secret)

    def read(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> TrackingEvent | None:
        """
        Give what an event tells; None, where it is signed and of a kind that nobody here knows.

        Raises NotSigned before anything of the body is looked at.
        """
        event_id = verified_id(self._secret, headers, body, at=at)
        try:
            told = _Event.model_validate_json(body).data
        except ValidationError:
            return None
        return TrackingEvent(
            event_id,
            told.tracking_number,
            told.status,
            told.occurred_at,
            _readable(told.description),
            _readable(told.location),
        )


_LONGEST_WORDS: Final = 500
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")
_Number = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


def _readable(words: str | None) -> str | None:
    """Give words as a person can read them, on one line."""
    return _CONTROLS.sub(" ", words)[:_LONGEST_WORDS].strip() or None if words is not None else None


class _About(BaseModel):
    model_config = ConfigDict(frozen=True)

    tracking_number: _Number
    status: Scan
    occurred_at: AwareDatetime
    description: str | None = None
    location: str | None = None


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    data: _About
