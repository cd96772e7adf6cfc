"""Shipments and picklists: what the floor reads and says. No money, no e-mail addresses."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import NO_OTHER_NAMES, AddressOut, Answer, Code, Flag, Id, Label, Page, Pieces, Sent
from web.schemas.choices import ShipmentChoiceIn

ShipmentStatusName = Literal[
    "pending", "awaiting_inventory", "inventory_assigned", "released", "packing", "shipped", "canceled"
]


class ShipmentsQuery(Page):
    """What a list of shipments is narrowed to."""

    status: ShipmentStatusName | None = None
    market: Code | None = None
    warehouse: Code | None = None
    lines: Literal["true", "false"] = "true"


class ReleaseIn(Sent):
    """There is nothing to say about a release."""


class CompletionIn(Sent):
    """The goods are handed to the carrier. `confirm_all` stands for picks that were not recorded."""

    confirm_all: Flag = False
    tracking_number: Label | None = None


class SplitLineIn(Sent):
    """Pieces of one line that are to travel by themselves."""

    line_id: Id
    quantity: Pieces


class SplitIn(Sent):
    """What becomes a shipment of its own."""

    lines: Annotated[list[SplitLineIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({line.line_id for line in self.lines}) < len(self.lines):
            raise PydanticCustomError("named_twice", "a line is named twice")
        return self


DeliveryStateName = Literal[
    "none",
    "label_created",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "exception",
    "damaged",
    "lost",
    "returned_to_sender",
]


class TrackingIn(Sent):
    """The number under which the carrier knows the shipment; null takes it back."""

    tracking_number: Label | None


class DeliveryStateIn(Sent):
    """Where an item is on its way."""

    state: DeliveryStateName


class PicklistIn(Sent):
    """Released shipments of one warehouse, to be picked in one go: by id, or by a filter."""

    shipment_ids: Annotated[list[Id], Field(min_length=1, max_length=500)] | None = None
    filter: ShipmentChoiceIn | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if (self.shipment_ids is None) == (self.filter is None):
            raise PydanticCustomError("choice", "send shipment_ids or filter, one of both")
        if self.shipment_ids is not None and len(set(self.shipment_ids)) < len(self.shipment_ids):
            raise PydanticCustomError("named_twice", "a shipment is named twice")
        return self


class PickIn(Sent):
    """Pieces of one line, off the shelf."""

    line_id: Id
    quantity: Pieces


class PicksIn(Sent):
    """Picks that are recorded together, all or none."""

    picks: Annotated[list[PickIn], Field(min_length=1, max_length=1000)]


ShipmentId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]


class PicklistCompletionIn(Sent):
    """Everything on the picklist that is being packed is handed over; tracking numbers by id of shipment."""

    confirm_all: Flag = False
    tracking_numbers: Annotated[dict[ShipmentId, Label], Field(max_length=500, default_factory=dict), NO_OTHER_NAMES]


class FloorLineOut(Answer):
    """A line to pick, in pieces, and where it is on its way."""

    id: int
    position: int
    sku: str
    name: str
    manual: bool
    quantity: int
    allocated: int
    picked: int
    delivery_state: str


class AwaitedOut(Answer):
    """
    Pieces of a product that a shipment waits for.

    `place` 1 is next in the queue of the product; `missing` must come in before it is this one's turn, and that many are
    announced by `expected_on`, where so many are.
    """

    sku: str
    needed: int
    available: int
    place: int
    ahead_pieces: int
    missing: int
    expected_on: str | None


class WaitsForOut(Answer):
    """What a shipment waits for, and the warehouse that would be filled with the fewest pieces; a pre-order also for its day."""

    warehouse: str
    not_before: str | None
    expected_on: str | None
    products: list[AwaitedOut]


class ShipmentOut(Answer):
    """
    A shipment and its lines; null where the list was asked for without them.

    `waits_for` is said where one is read that awaits inventory.
    """

    id: int
    number: str
    order: str
    market: str
    status: str
    status_since: str
    on_hold: bool
    needs_shipping: bool
    ship_to: AddressOut | None
    shipping_method: str | None
    warehouse: str | None
    picklist_id: int | None
    tracking_number: str | None
    shipped_at: str | None
    priority: int
    waits_for: WaitsForOut | None
    lines: list[FloorLineOut] | None


class ShipmentsOut(Answer):
    """A page of shipments, by id."""

    shipments: list[ShipmentOut]
    next: str | None


class SplitOut(Answer):
    """A shipment that was split: what stayed, and what travels by itself now."""

    shipment: ShipmentOut
    split_off: ShipmentOut


class ListedShipmentOut(Answer):
    """A shipment on a picklist."""

    id: int
    number: str
    status: str


class PicklistLineOut(Answer):
    """A line to pick, in pieces, and whose it is."""

    id: int
    shipment_id: int
    sku: str
    name: str
    quantity: int
    picked: int


class PicklistOut(Answer):
    """A picklist: the shipments on it and what is to be picked."""

    id: int
    status: str
    warehouse: str
    created_at: str
    created_by: str
    completed_at: str | None
    shipments: list[ListedShipmentOut]
    lines: list[PicklistLineOut]
