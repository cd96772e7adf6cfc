"""Deliveries that suppliers announced."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.inbound.states import InboundStatus
from web.schemas.base import Answer, Code, Day, Flag, Page, Pieces, Reference, Sent, ShortText, Sku
from web.schemas.inventory import ReceivedIn


class InboundDeliveriesQuery(Page):
    """Which deliveries: of one status, or with a product."""

    status: InboundStatus | None = None
    sku: Sku | None = None


class ExpectedIn(Sent):
    """Pieces of one product that are to come."""

    sku: Sku
    quantity: Pieces


class InboundDeliveryIn(Sent):
    """What a supplier is to bring to a warehouse on a day, by the supplier's own reference."""

    warehouse: Code
    supplier: ShortText
    reference: Reference
    expected_on: Day
    lines: Annotated[list[ExpectedIn], Field(min_length=1, max_length=1000)]


class InboundDeliveryChangeIn(Sent):
    """What is to be changed of a delivery that is still expected; what is left out stays."""

    supplier: ShortText | None = None
    reference: Reference | None = None
    expected_on: Day | None = None

    @model_validator(mode="after")
    def _something(self) -> InboundDeliveryChangeIn:
        if not self.model_fields_set or any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("nothing", "name what is to be changed, with a value")
        return self

    def changes(self) -> dict[str, Any]:
        """Give what was named."""
        return self.model_dump(include=self.model_fields_set)


class DeliveryReceiptIn(Sent):
    """What came of a delivery. More or other pieces than announced are taken only with `accept_differences`."""

    lines: Annotated[list[ReceivedIn], Field(min_length=1, max_length=1000)]
    accept_differences: Flag = False


class DeliveryEndIn(Sent):
    """Nothing is to be said."""


class InboundLineOut(Answer):
    """Pieces of one product: `open` are still to come, `over` came beyond what was announced."""

    sku: str
    name: str
    expected: int
    received: int
    open: int
    over: int


class ProgressOut(Answer):
    """Pieces of all products."""

    expected: int
    received: int


class ListedInboundDeliveryOut(Answer):
    """A delivery, and how far it has come."""

    id: int
    warehouse: str
    supplier: str
    reference: str
    expected_on: str
    status: str
    progress: ProgressOut
    created_at: str
    created_by: str
    ended_at: str | None


class InboundDeliveryOut(ListedInboundDeliveryOut):
    """A delivery with its lines."""

    lines: list[InboundLineOut]


class InboundDeliveriesOut(Answer):
    """A page of deliveries, the first expected first."""

    inbound_deliveries: list[ListedInboundDeliveryOut]
    next: str | None
