"""
Pack: picked pieces go into parcels, each verified by its line or by its scanned code.

A piece is packed once, and never before it is off the shelf. Where a warehouse does not want every pick recorded, to
pack a piece records its pick too. Everything can be undone until the shipment is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.labels.buy_when_packed import buy_when_packed
from fulfillment.labels.guards import refuse_labeled
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import Line
from fulfillment.packing.bench import Bench, Pieces, bench_of_parcel, put_on_bench, read_codes
from fulfillment.packing.models import Parcel
from fulfillment.shipments.pick import Picked, being_packed, pick
from fulfillment.timeline.changes import Changes

_NEXT = text("SELECT coalesce(max(position), 0) + 1 FROM parcel WHERE shipment_id = :id")
PUT_IN = text("""
INSERT INTO parcel_item (parcel_id, line_id, quantity)
SELECT :parcel, line_id, quantity
  FROM unnest(CAST(:lines AS bigint[]), CAST(:quantities AS bigint[])) AS packed (line_id, quantity)
    ON CONFLICT (parcel_id, line_id) DO UPDATE SET quantity = parcel_item.quantity + excluded.quantity
""")
"""Pieces of lines are put into a parcel, beside those that are in it."""
_WANTS_PICKS = text("SELECT NOT allows_confirm_all FROM warehouse WHERE id = :id")


def open_parcel(
    session: Session,
    shipment_id: int,
    pieces: Sequence[Pieces] = (),
    *,
    weight_grams: int | None = None,
    tracking_number: str | None = None,
    cause: Cause,
    at: datetime,
) -> int:
    """
    Begin a parcel of a shipment that is being packed, with pieces in it or still empty; give its id.

    Raises NotFound, or Conflict as `put_in` does.
    """
    bench = put_on_bench(session, shipment_id)
    _refuse_unless_packing(bench)
    [parcel_id] = take_ids(session, 1)
    position: int = session.execute(_NEXT, {"id": shipment_id}).scalar_one()
    changes = Changes(at=at)
    changes.insert(
        Parcel,
        {
            "id": parcel_id,
            "order_id": bench.shipment.order_id,
            "shipment_id": shipment_id,
            "position": position,
            "weight_grams": weight_grams,
            "tracking_number": tracking_number,
            "created_at": at,
            "created_by": cause.actor,
        },
    )
    detail = {"parcel_id": parcel_id, "position": position}
    changes.note("shipment", shipment_id, bench.shipment.order_id, "open_parcel", cause, detail)
    changes.write(session)
    if pieces:
        put_in(session, parcel_id, pieces, cause=cause, at=at)
    return parcel_id


def put_in(session: Session, parcel_id: int, pieces: Sequence[Pieces], *, cause: Cause, at: datetime) -> None:
    """
    Put pieces into a parcel, all or none.

    A code stands for the first line of that product with room. Raises NotFound for a parcel or line that is not there,
    Conflict `wrong_item` for a code that is not of this shipment, `over_pack` beyond the quantity, `not_picked` where
    every pick must be recorded first, `has_label` once it is labeled, `canceled`, `on_hold` or `status` where the shipment is not being packed.
    """
    bench, _ = bench_of_parcel(session, parcel_id)
    _refuse_unless_packing(bench)
    refuse_labeled(session, parcel_id)
    packed = _resolved(bench, read_codes(session, bench, pieces))
    _record_picks(session, bench, packed, cause=cause, at=at)
    lines, quantities = list(packed), list(packed.values())
    session.execute(PUT_IN, {"parcel": parcel_id, "lines": lines, "quantities": quantities})
    changes = Changes(at=at)
    for line in bench.lines:
        if line.id in packed:
            changes.set(LineItem, line.id, packed=line.packed + packed[line.id])
    changes.write(session)
    buy_when_packed(session, bench.shipment.id, cause=cause, at=at)


def _refuse_unless_packing(bench: Bench) -> None:
    refusal = not_on_hold(bench.floor.order_of(bench.shipment), bench.shipment.id) or being_packed(bench.shipment)
    if refusal is not None:
        raise refusal.as_error()


def _resolved(bench: Bench, pieces: Iterable[Pieces]) -> dict[int, int]:
    """Give pieces per line. A line named twice is summed up."""
    packed: dict[int, int] = {}
    for each in pieces:
        line = _line_for(bench, each, packed)
        packed[line.id] = packed.get(line.id, 0) + each.quantity
        if (room := line.quantity - line.packed - packed[line.id]) < 0:
            raise _over_pack(bench, line, -room)
    return packed


def _line_for(bench: Bench, pieces: Pieces, packed: Mapping[int, int]) -> Line:
    if pieces.line_id is not None:
        found = next((line for line in bench.lines if line.id == pieces.line_id), None)
        if found is None:
            raise NotFound(
                f"line {pieces.line_id} is not of shipment {bench.shipment.number}", remedy="read the shipment again"
            )
        return found
    fitting = [line for line in bench.lines if bench.skus[line.id] == pieces.code]
    if not fitting:
        raise _wrong_item(bench, pieces.code or "")
    with_room = (line for line in fitting if line.packed + packed.get(line.id, 0) + pieces.quantity <= line.quantity)
    return next(with_room, fitting[0])


def _record_picks(session: Session, bench: Bench, packed: Mapping[int, int], *, cause: Cause, at: datetime) -> None:
    """What is packed without a recorded pick was picked by whoever packs it, where the warehouse lets that be."""
    missing = {
        line.id: more for line in bench.lines if (more := line.packed + packed.get(line.id, 0) - line.picked) > 0
    }
    if not missing:
        return
    shipment = bench.shipment
    if session.execute(_WANTS_PICKS, {"id": shipment.warehouse_id}).scalar_one():
        raise Conflict(
            f"{sum(missing.values())} of these pieces are not picked",
            code="not_picked",
            guard="not_picked",
            remedy="record the picks first: this warehouse wants each of them",
            members={"line_ids": sorted(missing)},
        )
    picks = [Picked(line_id, quantity) for line_id, quantity in sorted(missing.items())]
    pick(session, shipment.picklist_id or 0, picks, cause=cause, at=at)


def _wrong_item(bench: Bench, code: str) -> Conflict:
    wanted = sorted({bench.skus[line.id] for line in bench.lines if line.packed < line.quantity})
    return Conflict(
        f"{code} is not of shipment {bench.shipment.number}",
        code="wrong_item",
        guard="wrong_item",
        remedy=f"put it aside; still to be packed: {', '.join(wanted[:10])}"
        if wanted
        else "put it aside: all is packed",
        members={"wanted": wanted[:50]},
    )


def _over_pack(bench: Bench, line: Line, too_many: int) -> Conflict:
    members: dict[str, Any] = {"line_id": line.id, "ordered": line.quantity, "packed": line.packed}
    return Conflict(
        f"{bench.skus[line.id]}: {too_many} pieces more than the {line.quantity} of the shipment",
        code="over_pack",
        guard="over_pack",
        remedy=f"put {too_many} back",
        members=members,
    )
