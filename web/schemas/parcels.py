"""Parcels: what the packing bench says and reads."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import Answer, Id, Label, Pieces, Sent, Sku

Grams = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class PiecesIn(Sent):
    """Pieces, named by their line or by the code that was scanned."""

    line_id: Id | None = None
    code: Sku | None = None
    quantity: Pieces = 1

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.line_id is None) == (self.code is None):
            raise PydanticCustomError("line_or_code", "name the pieces by `line_id` or by `code`, not by both")
        return self


class ItemsIn(Sent):
    """Pieces that go in, or come out, together: all or none. A scan is one code."""

    items: Annotated[list[PiecesIn], Field(min_length=1, max_length=500)]


class ParcelIn(Sent):
    """A new parcel, with pieces in it or empty; its weight in grams, everything included."""

    items: Annotated[list[PiecesIn], Field(max_length=500, default_factory=list)]
    weight_grams: Grams | None = None
    tracking_number: Label | None = None


class ParcelChangeIn(Sent):
    """What is to change of a parcel; null takes it back, what is not named stays."""

    weight_grams: Grams | None = None
    tracking_number: Label | None = None


class ParcelItemOut(Answer):
    """Pieces of a line in a parcel."""

    line_id: int
    sku: str
    name: str
    quantity: int


class ParcelOut(Answer):
    """
    A parcel: the how many-th of its shipment, what is in it, its weight in grams, and where it is on its way.

    `delivery_state_since` and `delivered_at` are the carrier's times; `problem` says why it needs a person.
    """

    id: int
    shipment_id: int
    position: int
    weight_grams: int | None
    tracking_number: str | None
    created_at: str
    created_by: str
    delivery_state: str
    delivery_state_since: str | None
    delivered_at: str | None
    problem: str | None
    items: list[ParcelItemOut]


class ToPackOut(Answer):
    """Pieces of a line that are in no parcel yet, and how many of them are off the shelf."""

    line_id: int
    sku: str
    name: str
    quantity: int
    picked: int


class ParcelsOut(Answer):
    """The parcels of a shipment, and what is in none of them yet."""

    parcels: list[ParcelOut]
    to_pack: list[ToPackOut]


class TrackingEventOut(Answer):
    """Something that was told of a parcel, by its carrier or (without one) by a person, and when we heard of it."""

    state: str
    occurred_at: str
    received_at: str
    carrier: str | None
    tracking_number: str | None
    description: str | None
    location: str | None
    told_by: str


class TrackingEventsOut(Answer):
    """All that was told of a parcel, in the order in which it happened."""

    delivery_state: str
    events: list[TrackingEventOut]
