"""
Pack: picked pieces go into parcels, each verified by its line or by its scanned code.

A piece is packed once, and never before it is off the shelf. Where a warehouse does not want every pick recorded, to
pack a piece records its pick too. Everything can be undone until the shipment is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.barcodes import find_by_code
from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import FloorSet, Line, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.shipments.packing.models import Parcel
from fulfillment.shipments.packing.parcels import ParcelView, find_parcel
from fulfillment.shipments.pick import Picked, being_packed, pick
from fulfillment.shipments.states import DeliveryState
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces that go into a parcel or come out of it, named by their line or by the code on them (exactly one of both)."""

    quantity: int
    line_id: int | None = None
    code: str | None = None


@dataclass(slots=True)
class _Bench:
    """A locked shipment on the packing bench."""

    floor: FloorSet
    shipment: ShipmentUnderLock
    lines: list[Line]
    skus: dict[int, str]


_SKUS = text("SELECT id, sku FROM line_item WHERE shipment_id = :id")
_NEXT = text("SELECT coalesce(max(position), 0) + 1 FROM parcel WHERE shipment_id = :id")
_PUT_IN = text("""
INSERT INTO parcel_item (parcel_id, line_id, quantity)
SELECT :parcel, line_id, quantity
  FROM unnest(CAST(:lines AS bigint[]), CAST(:quantities AS bigint[])) AS packed (line_id, quantity)
    ON CONFLICT (parcel_id, line_id) DO UPDATE SET quantity = parcel_item.quantity + excluded.quantity
""")
_INSIDE = text("SELECT line_id, quantity FROM parcel_item WHERE parcel_id = :parcel")
_REPLACE = text("DELETE FROM parcel_item WHERE parcel_id = :parcel AND line_id = ANY (CAST(:lines AS bigint[]))")
_REMOVE = text("DELETE FROM parcel WHERE id = :id")
_REMOVE_ALL = text("DELETE FROM parcel WHERE shipment_id = ANY (CAST(:ids AS bigint[]))")
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
    bench = _on_the_bench(session, shipment_id)
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
    every pick must be recorded first, `canceled`, `on_hold` or `status` where the shipment is not being packed.
    """
    bench = _on_the_bench(session, find_parcel(session, parcel_id).shipment_id)
    _refuse_unless_packing(bench)
    packed = _resolved(bench, _read(session, bench, pieces))
    _record_picks(session, bench, packed, cause=cause, at=at)
    lines, quantities = list(packed), list(packed.values())
    session.execute(_PUT_IN, {"parcel": parcel_id, "lines": lines, "quantities": quantities})
    changes = Changes(at=at)
    for line in bench.lines:
        if line.id in packed:
            changes.set(LineItem, line.id, packed=line.packed + packed[line.id])
    changes.write(session)


def take_out(session: Session, parcel_id: int, pieces: Sequence[Pieces], *, cause: Cause, at: datetime) -> None:
    """
    Take pieces out of a parcel again, all or none; they stay picked.

    Raises NotFound, or Conflict: `handed_over` once the carrier has it, `not_inside` for what is not in it.
    """
    bench = _unpackable(session, find_parcel(session, parcel_id))
    inside: dict[int, int] = {row.line_id: row.quantity for row in session.execute(_INSIDE, {"parcel": parcel_id})}
    out = _found_inside(bench, _read(session, bench, pieces), inside)
    rest = {line_id: inside[line_id] - quantity for line_id, quantity in out.items() if inside[line_id] > quantity}
    session.execute(_REPLACE, {"parcel": parcel_id, "lines": list(out)})
    session.execute(_PUT_IN, {"parcel": parcel_id, "lines": list(rest), "quantities": list(rest.values())})
    changes = Changes(at=at)
    for line in bench.lines:
        if line.id in out:
            changes.set(LineItem, line.id, packed=line.packed - out[line.id])
    detail = {"parcel_id": parcel_id, "pieces": sum(out.values())}
    changes.note("shipment", bench.shipment.id, bench.shipment.order_id, "take_out_of_parcel", cause, detail)
    changes.write(session)


def unpack(session: Session, parcel_id: int, *, cause: Cause, at: datetime) -> None:
    """
    Undo a parcel: what is in it stays picked, and the parcel is gone.

    Raises NotFound, or Conflict `handed_over` once the carrier has it.
    """
    parcel = find_parcel(session, parcel_id)
    bench = _unpackable(session, parcel)
    inside: dict[int, int] = {row.line_id: row.quantity for row in session.execute(_INSIDE, {"parcel": parcel_id})}
    session.execute(_REMOVE, {"id": parcel_id})
    changes = Changes(at=at)
    for line in bench.lines:
        if line.id in inside:
            changes.set(LineItem, line.id, packed=line.packed - inside[line.id])
    detail = {"parcel_id": parcel_id, "position": parcel.position, "pieces": sum(inside.values())}
    changes.note("shipment", bench.shipment.id, bench.shipment.order_id, "unpack", cause, detail)
    changes.write(session)


def discard_parcels(session: Session, changes: Changes, lines: Mapping[int, Sequence[Line]]) -> None:
    """Undo all parcels of locked shipments, whose `lines` are given by shipment: their pieces go back to the shelf."""
    packed = [line for each in lines.values() for line in each if line.packed]
    if packed:
        session.execute(_REMOVE_ALL, {"ids": sorted({line.shipment_id for line in packed})})
    for line in packed:
        line.packed = 0
        changes.set(LineItem, line.id, packed=0)


def _on_the_bench(session: Session, shipment_id: int) -> _Bench:
    floor = lock_shipments(session, [shipment_id])
    if not floor.asked:
        raise NotFound(f"no shipment {shipment_id}")
    skus: dict[int, str] = {row.id: row.sku for row in session.execute(_SKUS, {"id": shipment_id})}
    return _Bench(floor, floor.asked[0], lines_of(session, [shipment_id])[shipment_id], skus)


def _refuse_unless_packing(bench: _Bench) -> None:
    refusal = not_on_hold(bench.floor.order_of(bench.shipment), bench.shipment.id) or being_packed(bench.shipment)
    if refusal is not None:
        raise refusal.as_error()


def _unpackable(session: Session, parcel: ParcelView) -> _Bench:
    bench = _on_the_bench(session, parcel.shipment_id)
    if bench.shipment.status == "shipped":
        raise Conflict(
            f"the carrier has parcel {parcel.position} of shipment {bench.shipment.number}",
            code="handed_over",
            guard="handed_over",
            remedy=f"say where it is: {DeliveryState.EXCEPTION} or {DeliveryState.RETURNED_TO_SENDER}",
        )
    return bench


def _read(session: Session, bench: _Bench, pieces: Iterable[Pieces]) -> list[Pieces]:
    """A barcode stands for the SKU of its product; a line that is no product is known by its SKU alone."""
    known = set(bench.skus.values())
    read = []
    for each in pieces:
        strange = each.code is not None and each.code not in known
        product = find_by_code(session, each.code) if strange and each.code else None
        read.append(each if product is None else replace(each, code=product.sku))
    return read


def _resolved(bench: _Bench, pieces: Iterable[Pieces]) -> dict[int, int]:
    """Give pieces per line. A line named twice is summed up."""
    packed: dict[int, int] = {}
    for each in pieces:
        line = _line_for(bench, each, packed)
        packed[line.id] = packed.get(line.id, 0) + each.quantity
        if (room := line.quantity - line.packed - packed[line.id]) < 0:
            raise _over_pack(bench, line, -room)
    return packed


def _line_for(bench: _Bench, pieces: Pieces, packed: Mapping[int, int]) -> Line:
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


def _found_inside(bench: _Bench, pieces: Iterable[Pieces], inside: Mapping[int, int]) -> dict[int, int]:
    out: dict[int, int] = {}
    for each in pieces:
        names = [
            line_id
            for line_id in inside
            if (line_id == each.line_id if each.line_id is not None else bench.skus[line_id] == each.code)
        ]
        with_enough = (line_id for line_id in names if out.get(line_id, 0) + each.quantity <= inside[line_id])
        if (line_id := next(with_enough, None)) is None:
            there = sum(inside[line_id] - out.get(line_id, 0) for line_id in names)
            raise Conflict(
                f"{there} pieces of {each.code or f'line {each.line_id}'} are in the parcel",
                code="not_inside",
                guard="not_inside",
                remedy="read the parcel again",
                members={"most": there},
            )
        out[line_id] = out.get(line_id, 0) + each.quantity
    return out


def _record_picks(session: Session, bench: _Bench, packed: Mapping[int, int], *, cause: Cause, at: datetime) -> None:
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


def _wrong_item(bench: _Bench, code: str) -> Conflict:
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


def _over_pack(bench: _Bench, line: Line, too_many: int) -> Conflict:
    members: dict[str, Any] = {"line_id": line.id, "ordered": line.quantity, "packed": line.packed}
    return Conflict(
        f"{bench.skus[line.id]}: {too_many} pieces more than the {line.quantity} of the shipment",
        code="over_pack",
        guard="over_pack",
        remedy=f"put {too_many} back",
        members=members,
    )
