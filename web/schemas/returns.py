"""Returns: what comes back, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fulfillment.returns.states import Condition, Disposition, ReturnReason, ReturnStatus
from fulfillment.returns.strays import StrayEnd
from web.schemas.base import (
    Code,
    Flag,
    Id,
    Money,
    Note,
    Page,
    Pieces,
    Reference,
    Sent,
    ShortText,
    Sku,
    Text,
)

_Reason = Literal[
    "changed_mind",
    "does_not_fit",
    "arrived_late",
    "not_as_described",
    "wrong_item",
    "damaged",
    "defective",
    "returned_to_sender",
    "other",
]
_Order = Reference


class ReturnsQuery(Page):
    """Which returns: of an order, by the number on its slip, of one status, to a warehouse, or those that wait for something."""

    order: _Order | None = None
    number: _Order | None = None
    status: ReturnStatus | None = None
    warehouse: Code | None = None
    waits_for: Literal["goods", "decision", "completion"] | None = None


class PiecesBackIn(Sent):
    """Pieces of a line item that are to come back, and why."""

    line_id: Id
    quantity: Pieces
    reason: _Reason

    @property
    def why(self) -> ReturnReason:
        """The reason as the domain knows it."""
        return ReturnReason(self.reason)


class ReturnIn(Sent):
    """
    Pieces of an order that are to come back, to a `warehouse` or to any.

    Whether the customer is told how, by e-mail, must be said.
    """

    order: _Order
    lines: Annotated[list[PiecesBackIn], Field(min_length=1, max_length=500)]
    notify_customer: Flag
    warehouse: Code | None = None
    note: Note | None = None


class ReturnReceiptIn(Sent):
    """
    Pieces that came to a warehouse, by SKU or barcode; the same `scan_id` again counts nothing.

    `disposition` says at once what becomes of them; what is restocked goes into `bin`, or into none. `place` is where pieces
    are kept that were not shipped in the order.
    """

    scan_id: Reference
    warehouse: Code
    code: Sku
    quantity: Pieces = 1
    condition: Condition = Condition.AS_NEW
    disposition: Disposition | None = None
    bin: Code | None = None
    place: ShortText | None = None
    note: Note | None = None


class DecisionIn(Sent):
    """What becomes of pieces that lie in a warehouse without a decision; what is restocked goes into `bin`, or into none."""

    scan_id: Reference
    warehouse: Code
    code: Sku
    quantity: Pieces = 1
    disposition: Disposition
    bin: Code | None = None
    note: Note | None = None


class ReturnCompletionIn(Sent):
    """
    Whether the customer is told must be said. `amount` is paid back in place of what the pieces are worth.

    `without_rest` gives up what was announced and has not come.
    """

    notify_customer: Flag
    amount: Money | None = None
    without_rest: Flag = False


class ReturnCancellationIn(Sent):
    """Why, and whether the customer is told: that must be said."""

    reason: Text
    notify_customer: Flag


class StrayIn(Sent):
    """What becomes of a stray; what is stocked goes into `bin`, or into none."""

    settled_as: StrayEnd
    bin: Code | None = None


class ToVendorQuery(Page):
    """Which pieces: of a product, in a warehouse."""

    sku: Sku | None = None
    warehouse: Code | None = None
