"""Stock: what there is, what comes in, what is put right."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from web.schemas.base import MOST_PIECES, Answer, Code, Page, Pieces, Sent, Sku, Text


class StockQuery(Page):
    """Whose stock; `sku` may be given several times. Without one, a page of everything in stock."""

    sku: Annotated[list[Sku], Field(max_length=100, default_factory=list)]


class MovementsQuery(Page):
    """Of which product."""

    sku: Sku


def _some(quantity: int) -> int:
    if quantity == 0:
        raise PydanticCustomError("zero", "must not be 0")
    return quantity


class ReceivedIn(Sent):
    """Pieces of one product that came in."""

    sku: Sku
    quantity: Pieces


class ReceiptIn(Sent):
    """Goods in. Shipments that wait for them are tried in their order."""

    warehouse: Code
    lines: Annotated[list[ReceivedIn], Field(min_length=1, max_length=1000)]
    reason: Text | None = None


class AdjustedIn(Sent):
    """Pieces of one product more, or (negative) fewer. No pieces are no adjustment."""

    sku: Sku
    quantity: Annotated[int, Field(strict=True, ge=-MOST_PIECES, le=MOST_PIECES), AfterValidator(_some)]


class AdjustmentIn(Sent):
    """Counts put right, and why."""

    warehouse: Code
    lines: Annotated[list[AdjustedIn], Field(min_length=1, max_length=1000)]
    reason: Text


class WarehouseStockOut(Answer):
    """Pieces in one warehouse: available = on hand - allocated."""

    warehouse: str
    on_hand: int
    allocated: int
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
    available: int


class CountsOut(Answer):
    """What the counts are now."""

    warehouse: str
    counts: list[CountOut]


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
    cause: str
    cause_id: str
    actor: str
    at: str


class MovementsOut(Answer):
    """A page of movements, the latest first."""

    movements: list[MovementOut]
    next: str | None
