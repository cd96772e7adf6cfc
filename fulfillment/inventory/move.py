"""Move pieces under the roof: put them away, from one bin into another, or out of the bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.inventory.bins import bin_ids
from fulfillment.inventory.models import BinMovementKind
from fulfillment.inventory.movements import lock_stock
from fulfillment.inventory.places import NotThereError, place, prepare_bins, whereabouts
from fulfillment.kernel.cause import Cause
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces of one product from a bin to another, by code. Without `from_bin` they are put away, without `to_bin` taken out."""

    product_id: int
    sku: str
    quantity: int
    from_bin: str | None
    to_bin: str | None

    @property
    def kind(self) -> BinMovementKind:
        """What kind of movement it is."""
        if self.from_bin is None:
            return BinMovementKind.PUT_AWAY
        return BinMovementKind.TAKEN_OUT if self.to_bin is None else BinMovementKind.MOVED


def move_pieces(session: Session, warehouse_id: int, moves: Sequence[Move], *, cause: Cause, at: datetime) -> None:
    """
    Make these moves one after the other, all or none; what is on hand and what is promised stays as it is.

    Raises Invalid for a bin that the warehouse does not have, Conflict where pieces do not lie where they are taken from or
    a bin is not active.
    """
    to_fill = [each.to_bin for each in moves]
    bins = bin_ids(session, warehouse_id, [*to_fill, *(each.from_bin for each in moves)], to_fill=to_fill)
    stock = lock_stock(session, ((each.product_id, warehouse_id) for each in moves))
    lying = whereabouts(session, stock)
    prepare_bins(session, ((bins[each.to_bin], each.product_id) for each in moves if each.to_bin is not None))
    changes = Changes(at=at)
    for each in moves:
        source = None if each.from_bin is None else bins[each.from_bin]
        target = None if each.to_bin is None else bins[each.to_bin]
        where = lying.get((each.product_id, warehouse_id))
        if where is None:
            raise NotThereError(
                f"{each.sku} was never in this warehouse", remedy="receive it first", members={"sku": each.sku}
            )
        where.take(each.sku, each.quantity, source)
        where.put(each.quantity, target)
        place(
            changes,
            each.kind,
            each.product_id,
            warehouse_id,
            each.quantity,
            cause,
            from_bin_id=source,
            to_bin_id=target,
        )
    changes.write(session)
