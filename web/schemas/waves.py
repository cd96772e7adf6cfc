"""Waves: many shipments put on picklists together."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.picking.wave import MOST_ON_PICKLIST, MOST_SHIPMENTS, Shape
from web.schemas.base import Answer, Flag, Id, Page, Sent
from web.schemas.choices import ShipmentChoiceIn
from web.schemas.picking import ListedPicklistOut


class ShapeIn(Sent):
    """How a wave is cut into picklists: each of one warehouse, with so many shipments and pieces at most."""

    most_shipments: Annotated[int, Field(strict=True, ge=1, le=MOST_ON_PICKLIST)] = 50
    most_pieces: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    by_method: Flag = False
    by_country: Flag = False

    def as_shape(self) -> Shape:
        """Give what the domain takes."""
        return Shape(**self.model_dump())


class WaveIn(Sent):
    """Shipments by id, or by a filter (`{}` for all that are ready). With `release` those not released yet are released."""

    shipment_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_SHIPMENTS)] | None = None
    filter: ShipmentChoiceIn | None = None
    most: Annotated[int, Field(strict=True, ge=1, le=MOST_SHIPMENTS)] = MOST_SHIPMENTS
    release: Flag = False
    picklists: ShapeIn = ShapeIn()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.shipment_ids is None) == (self.filter is None):
            raise PydanticCustomError("choice", "send shipment_ids or filter, one of both")
        if self.shipment_ids is not None and len(set(self.shipment_ids)) < len(self.shipment_ids):
            raise PydanticCustomError("named_twice", "a shipment is named twice")
        return self


class ListedWaveOut(Answer):
    """A wave: `done` of its `total` shipments were put on their picklists, or refused; its operation says which and why."""

    id: int
    operation_id: int
    asked: dict[str, Any]
    total: int
    done: int
    refused: int
    finished_at: str | None
    created_at: str
    created_by: str


class WaveOut(ListedWaveOut):
    """A wave with its picklists, and how far they are together."""

    shipments: int
    shipped: int
    pieces: int
    picked: int
    picklists: list[ListedPicklistOut]


class OutlinedPicklistOut(Answer):
    """A picklist that a wave would have: its shipments in their order; `unreleased` of them would be released with it."""

    warehouse: str
    shipments: int
    pieces: int
    unreleased: int
    shipment_ids: list[int]


class WaveOutlineOut(Answer):
    """The picklists that a wave would have now."""

    shipments: int
    pieces: int
    picklists: list[OutlinedPicklistOut]


class WavesQuery(Page):
    """How much of the list."""


class WavesOut(Answer):
    """A page of waves."""

    waves: list[ListedWaveOut]
    next: str | None
