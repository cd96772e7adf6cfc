"""Returns: what comes back, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fulfillment.returns.states import Condition, Disposition, ReturnReason, ReturnStatus
from web.schemas.base import (
    Answer,
    Code,
    Flag,
    Id,
    Label,
    Money,
    MoneyOut,
    Note,
    Page,
    Pieces,
    Reference,
    Sent,
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


class ReceiptIn(Sent):
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
    bin: Label | None = None
    place: Label | None = None
    note: Note | None = None


class DecisionIn(Sent):
    """What becomes of pieces that lie in a warehouse without a decision; what is restocked goes into `bin`, or into none."""

    scan_id: Reference
    warehouse: Code
    code: Sku
    quantity: Pieces = 1
    disposition: Disposition
    bin: Label | None = None
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


class CountedOut(Answer):
    """What pieces counted for: `over` are more than were announced."""

    line_id: int
    quantity: int
    announced: int
    received: int
    over: int


class ReceivedOut(Answer):
    """What a scan counted. `stray` pieces were not shipped in the order; `coming` and `undecided` are those of the return."""

    return_id: int
    scan_id: str
    code: str
    sku: str | None
    quantity: int
    counted: list[CountedOut]
    stray: int
    status: str
    coming: int
    undecided: int


class DecidedOut(Answer):
    """What became of pieces; `undecided` are those of the return that are left."""

    return_id: int
    scan_id: str
    sku: str
    quantity: int
    disposition: str
    undecided: int


class ReturnLineOut(Answer):
    """
    A line item in a return: `coming` were announced and have not come, `over` came beyond what was announced, `undecided` wait
    for a decision, `given_up` are not waited for any more, `refunded` were paid back.
    """

    line_id: int
    sku: str
    name: str
    reason: str
    announced: int
    received: int
    coming: int
    over: int
    undecided: int
    restocked: int
    scrapped: int
    to_vendor: int
    refused: int
    given_up: int
    refunded: int


class StrayOut(Answer):
    """Pieces that came with a return and were not shipped in its order, and where they are kept."""

    id: int
    code: str
    sku: str | None
    quantity: int
    warehouse: str
    condition: str
    place: str | None
    received_by: str
    received_at: str
    settled_as: str | None
    settled_by: str | None
    settled_at: str | None


class ReturnMovementOut(Answer):
    """Pieces that came, or of which somebody said what becomes of them."""

    kind: str
    sku: str
    quantity: int
    warehouse: str
    condition: str | None
    note: str | None
    actor: str
    at: str


class ReturnMoneyOut(Answer):
    """What is paid back: for the goods and the shipping, less the fee."""

    goods: MoneyOut
    shipping: MoneyOut
    fee: MoneyOut
    refund: MoneyOut


class ListedReturnOut(Answer):
    """A return, and how far it has come. A warehouse sees no money."""

    id: int
    number: str
    order: str
    market: str
    status: str
    settles_by: str
    warehouse: str | None
    note: str | None
    coming: int
    undecided: int
    money: ReturnMoneyOut | None
    created_at: str
    created_by: str
    expires_at: str
    ended_at: str | None


class ReturnOut(ListedReturnOut):
    """
    A return with its lines, with what came and is none of the order's, and with all that happened to its pieces.

    `expected` is what is paid back if all that is still to come comes and is accepted. A warehouse does not see it.
    """

    expected: ReturnMoneyOut | None
    lines: list[ReturnLineOut]
    strays: list[StrayOut]
    movements: list[ReturnMovementOut]


class ReturnsOut(Answer):
    """A page of returns, the latest first."""

    returns: list[ListedReturnOut]
    next: str | None


class WhyNotOut(Answer):
    """Why a line cannot come back, and what would help."""

    guard: str
    reason: str
    remedy: str


class ReturnableOut(Answer):
    """A line item: how many pieces may come back (`most`), until when, or why not."""

    line_id: int
    sku: str
    quantity: int
    coming_back: int
    most: int
    until: str | None
    refused: WhyNotOut | None


class ReturnablesOut(Answer):
    """What of an order may come back."""

    lines: list[ReturnableOut]
