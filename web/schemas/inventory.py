"""Stock: what there is, what comes in, what is put right."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.reasons import Reason
from web.schemas.base import MOST_PIECES, Answer, Code, Flag, Page, Pieces, Sent, Sku, Text


class StockQuery(Page):
    """Whose stock; `sku` may be given several times. Without one, a page of everything in stock."""

    sku: Annotated[list[Sku], Field(max_length=100, default_factory=list)]


class MovementsQuery(Page):
    """Of which product."""

    sku: Sku


class StockMovementsQuery(MovementsQuery):
    """Of which product; of one kind, or in one warehouse."""

    kind: MovementKind | None = None
    warehouse: Code | None = None


def _some(quantity: int) -> int:
    if quantity == 0:
        raise PydanticCustomError("zero", "must not be 0")
    return quantity


class ReceivedIn(Sent):
    """Pieces of one product that came in, into a `bin` of the warehouse or into none yet."""

    sku: Sku
    quantity: Pieces
    bin: Code | None = None


class ReceiptIn(Sent):
    """Goods in. Shipments that wait for them are tried in their order."""

    warehouse: Code
    lines: Annotated[list[ReceivedIn], Field(min_length=1, max_length=1000)]
    reason: Text | None = None


class AdjustedIn(Sent):
    """Pieces of one product more, or (negative) fewer. No pieces are no adjustment."""

    sku: Sku
    quantity: Annotated[int, Field(strict=True, ge=-MOST_PIECES, le=MOST_PIECES), AfterValidator(_some)]
    bin: Code | None = None


class AdjustmentIn(Sent):
    """
    Counts put right, and why: the code of a reason (`GET /v1/inventory/reasons`), and a note where that is not enough.

    With `force` pieces may go that were promised: shipments lose their assignment then, the last in the queue first.
    """

    warehouse: Code
    lines: Annotated[list[AdjustedIn], Field(min_length=1, max_length=1000)]
    reason: Reason
    note: Text | None = None
    force: Flag = False


class ReasonOut(Answer):
    """A reason code, and whether it makes `more`, `fewer` or `either`."""

    code: str
    direction: str


class ReasonsOut(Answer):
    """All reason codes."""

    reasons: list[ReasonOut]


class KeptIn(Sent):
    """Pieces of one product that are promised to nobody; 0 for none."""

    sku: Sku
    safety: Annotated[int, Field(strict=True, ge=0, le=MOST_PIECES)]


class SafetyStockIn(Sent):
    """The safety stock of products in a warehouse."""

    warehouse: Code
    lines: Annotated[list[KeptIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_once(self) -> SafetyStockIn:
        if len({line.sku for line in self.lines}) < len(self.lines):
            raise PydanticCustomError("named_twice", "a product is named twice")
        return self


class WarehouseStockOut(Answer):
    """
    Pieces in one warehouse: available = on hand - allocated - safety stock - reserved by carts.

    Of a product that is not sold yet none is; it is negative where more is kept back than is there.
    """

    warehouse: str
    on_hand: int
    allocated: int
    safety: int
    reserved: int
    available: int


class StockOut(Answer):
    """
    Pieces of one product: in all, and by warehouse.

    A storefront sees what is available in all, and nothing else.
    """

    sku: str
    available: int
    waiting: int | None
    warehouses: list[WarehouseStockOut] | None


class InventoryOut(Answer):
    """Stock by SKU."""

    inventory: list[StockOut]
    next: str | None


class CountOut(Answer):
    """Pieces of one product after the command, in the warehouse it named."""

    sku: str
    on_hand: int
    allocated: int
    safety: int
    reserved: int
    available: int


class CountsOut(Answer):
    """What the counts are now."""

    warehouse: str
    counts: list[CountOut]


class UnassignedOut(Answer):
    """A shipment that was promised pieces which are not there, and waits again."""

    id: int
    number: str


class AdjustedOut(CountsOut):
    """What the counts are now, and who lost the pieces that he was promised."""

    unassigned: list[UnassignedOut]


class MovementOut(Answer):
    """One change of a count, in pieces."""

    id: int
    sku: str
    warehouse: str
    kind: str
    on_hand_change: int
    allocated_change: int
    line_id: int | None
    reason: str | None
    note: str | None
    document_id: int | None
    cause: str
    cause_id: str
    actor: str
    at: str


class MovementsOut(Answer):
    """A page of movements, the latest first."""

    movements: list[MovementOut]
    next: str | None
