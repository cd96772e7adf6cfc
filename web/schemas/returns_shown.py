"""Returns as they are shown."""

from __future__ import annotations

from web.schemas.base import Answer, MoneyOut


class CountedOut(Answer):
    """What pieces counted for: `over` are more than were announced."""

    line_id: int
    quantity: int
    announced: int
    received: int
    over: int


class ReturnReceivedOut(Answer):
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


class ToVendorOut(Answer):
    """Pieces that came back and go to their vendor."""

    id: int
    return_number: str
    sku: str
    name: str
    quantity: int
    warehouse: str
    note: str | None
    decided_by: str
    decided_at: str


class ToVendorsOut(Answer):
    """A page of pieces that go to their vendors, the latest first."""

    pieces: list[ToVendorOut]
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
