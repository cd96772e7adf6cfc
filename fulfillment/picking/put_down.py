"""Pieces out of a picker's hands: back into a bin, or on the floor beside the bins, and no longer picked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.inventory.bins import bin_ids
from fulfillment.inventory.models import BinMovementKind
from fulfillment.inventory.places import place, prepare_bins
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import Line
from fulfillment.shipments.models import Pick
from fulfillment.timeline.changes import Changes


def open_bins(session: Session, warehouse_id: int, wanted: Iterable[tuple[str | None, int | None]]) -> dict[str, int]:
    """
    Give the bins of these codes by id, ready to take the product that comes with each; the stock rows are locked.

    Raises Invalid for a bin that the warehouse does not have, Conflict for one that is not active.
    """
    pairs = [(code, product) for code, product in wanted if code is not None and product is not None]
    codes = [code for code, _ in pairs]
    bins = bin_ids(session, warehouse_id, codes, to_fill=codes)
    prepare_bins(session, ((bins[code], product) for code, product in pairs))
    return bins


def put_down(
    changes: Changes,
    picklist_id: int,
    warehouse_id: int,
    line: Line,
    quantity: int,
    cause: Cause,
    *,
    bin_id: int | None = None,
) -> None:
    """Count pieces of a locked line as picked no longer; they lie in the bin, or (None) in none."""
    line.picked -= quantity
    changes.set(LineItem, line.id, picked=line.picked)
    changes.insert(Pick, pick_row(picklist_id, line.id, -quantity, cause, changes.at))
    if bin_id is not None and line.product_id is not None:
        place(
            changes,
            BinMovementKind.PUT_BACK,
            line.product_id,
            warehouse_id,
            quantity,
            cause,
            to_bin_id=bin_id,
            line_id=line.id,
        )


def pick_row(picklist_id: int, line_id: int, quantity: int, cause: Cause, at: datetime) -> dict[str, Any]:
    """Give the row of pieces that were picked, or (negative) put down."""
    return {"picklist_id": picklist_id, "line_id": line_id, "quantity": quantity, "actor": cause.actor, "at": at}
