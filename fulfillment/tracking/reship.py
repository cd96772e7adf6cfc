"""Reship: what was in a parcel that does not arrive goes out once more, as a shipment of the same order that costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import LineItem, PurchaseOrder, Shipment
from fulfillment.orders.queries import OrderUnderLock, shipments_of
from fulfillment.orders.states import ORDER, OrderStatus, ShipmentStatus
from fulfillment.timeline.changes import Changes

_SHIPMENT = text("SELECT form_id, needs_shipping, ship_to, shipping_method FROM shipment WHERE id = :id")
_LINES = text("SELECT * FROM line_item WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY position, id")
_LAST_POSITION = text("""
SELECT max(l.position) FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.order_id = :id
""")
_NOTHING: Final = dict.fromkeys(
    (
        "price",
        "discount",
        "tax",
        "amount",
        "own_discount",
        "own_tax",
        "allocated",
        "picked",
        "packed",
        "refunded_quantity",
    ),
    0,
)
"""The customer has paid for these pieces once; the lines that they paid for keep what they cost."""


def reship(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    shipment_id: int,
    pieces: Mapping[int, int],
    cause: Cause,
) -> int:
    """
    Begin a shipment of these pieces (by line) to where theirs went, and send it on its way; give it.

    An order that was completed is partially shipped again until it has left.
    """
    numbers = shipments_of(session, [order.id])[order.id]
    [new_id, *line_ids] = take_ids(session, 1 + len(pieces))
    number = f"{order.number}-{len(numbers) + 1}"
    of: dict[str, Any] = dict(session.execute(_SHIPMENT, {"id": shipment_id}).mappings().one())
    changes.insert(
        Shipment,
        {
            **of,
            "id": new_id,
            "order_id": order.id,
            "number": number,
            "status": ShipmentStatus.PENDING,
            "shipping_amount": 0,
            "amount": 0,
            "status_since": changes.at,
        },
    )
    for row in _lines(session, order, new_id, pieces, line_ids, cause):
        changes.insert(LineItem, row)
    detail = {"instead_of": shipment_id, "number": number, "pieces": sum(pieces.values())}
    entry = changes.note("shipment", new_id, order.id, "begin_reshipment", cause, detail)
    if order.status == OrderStatus.COMPLETED:
        back = {"completed_at": None, "archived_at": None}
        changes.move(ORDER, PurchaseOrder, order, "reship", cause, because=entry, **back)
    changes.publish("shipment.covered", new_id, cause, order_id=order.id, because=entry)
    return new_id


def _lines(
    session: Session,
    order: OrderUnderLock,
    shipment_id: int,
    pieces: Mapping[int, int],
    line_ids: Iterable[int],
    cause: Cause,
) -> Iterable[dict[str, Any]]:
    last = session.execute(_LAST_POSITION, {"id": order.id}).scalar_one()
    rows = session.execute(_LINES, {"ids": sorted(pieces)}).mappings().all()
    for line_id, position, row in zip(line_ids, range(last + 1, last + 1 + len(rows)), rows, strict=True):
        yield {
            **row,
            **_NOTHING,
            "id": line_id,
            "shipment_id": shipment_id,
            "position": position,
            "quantity": pieces[row["id"]],
            "price_by": cause.actor,
            "promotion": None,
        }
