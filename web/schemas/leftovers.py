"""What does not go as planned on a picklist: missing pieces, picks taken back, leftovers, pieces to put back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fulfillment.picking.short_pick import Short, ShortReason, Then
from fulfillment.picking.unpick import Returned
from web.schemas.base import NO_OTHER_NAMES, Answer, Code, Id, Page, Pieces, Sent
from web.schemas.shipments import ShipmentId


class ShortPickIn(Sent):
    """
    Pieces of a line that are missing; without `quantity` all that are not picked of it. `bin` is where they should be.

    `then` says what becomes of the rest of the shipment, where this warehouse has no others: `split` ships it alone, `wait`
    lets it wait for all. Without it the market decides.
    """

    reason: Literal["out_of_stock", "damaged", "wrong_item", "not_found"]
    quantity: Pieces | None = None
    bin: Code | None = None
    then: Literal["split", "wait"] | None = None

    def as_short(self, line_id: int) -> Short:
        """Give what the domain takes."""
        then = None if self.then is None else Then(self.then)
        return Short(line_id, ShortReason(self.reason), self.quantity, self.bin, then)


class ShortPickOut(Answer):
    """
    What became of missing pieces: `take_others` (this warehouse has more: walk on), `split` or `waits`.

    `shipment_id` is the shipment that they are in now.
    """

    picklist_id: int
    line_id: int
    quantity: int
    became: str
    shipment_id: int


class UnpickLineIn(Sent):
    """Pieces of one line that lie in a bin again, or in none."""

    line_id: Id
    quantity: Pieces
    bin: Code | None = None


class UnpicksIn(Sent):
    """Picks that are taken back together, all or none."""

    lines: Annotated[list[UnpickLineIn], Field(min_length=1, max_length=500)]

    def as_returned(self) -> list[Returned]:
        """Give what the domain takes."""
        return [Returned(each.line_id, each.quantity, each.bin) for each in self.lines]


class ClosingIn(Sent):
    """The picklist ends. `bins` are the bins, by line, in which picked pieces of leftovers lie now; else they lie in none."""

    bins: Annotated[dict[ShipmentId, Code], Field(max_length=2000, default_factory=dict), NO_OTHER_NAMES]


class ClosingOut(Answer):
    """The shipments that are released again, and what has become of the picklist."""

    picklist_id: int
    status: str
    released: list[int]


class PutBacksQuery(Page):
    """What a list of put-backs is narrowed to."""

    warehouse: Code | None = None
    status: Literal["open", "confirmed"] | None = None


class ConfirmationIn(Sent):
    """The bin in which the pieces lie now; without it they lie in none."""

    bin: Code | None = None


class PutBackOut(Answer):
    """Pieces that were picked for a shipment that was canceled then. Until they are put back nobody is promised them."""

    id: int
    warehouse: str
    sku: str
    name: str
    quantity: int
    line_id: int
    shipment_id: int
    shipment: str
    picklist_id: int | None
    tote: str | None
    bin: str | None
    created_at: str
    confirmed_at: str | None
    confirmed_by: str | None


class PutBacksOut(Answer):
    """A page of put-backs, the oldest first."""

    put_backs: list[PutBackOut]
    next: str | None
