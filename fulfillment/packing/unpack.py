"""Unpack: pieces come out of a parcel, or all of it is undone, until the carrier has it. They stay picked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.labels.give_back import give_back_labels
from fulfillment.labels.guards import refuse_labeled
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import Line
from fulfillment.orders.states import ShipmentStatus
from fulfillment.packing.bench import Bench, Pieces, bench_of_parcel, read_codes
from fulfillment.packing.pack import PUT_IN
from fulfillment.packing.parcels import ParcelView
from fulfillment.shipments.states import DeliveryState
from fulfillment.timeline.changes import Changes

_INSIDE = text("SELECT line_id, quantity FROM parcel_item WHERE parcel_id = :parcel")
_REPLACE = text("DELETE FROM parcel_item WHERE parcel_id = :parcel AND line_id = ANY (CAST(:lines AS bigint[]))")
_REMOVE = text("DELETE FROM parcel WHERE id = :id")
_REMOVE_ALL = text("DELETE FROM parcel WHERE shipment_id = ANY (CAST(:ids AS bigint[]))")


def take_out(session: Session, parcel_id: int, pieces: Sequence[Pieces], *, cause: Cause, at: datetime) -> None:
    """
    Take pieces out of a parcel again, all or none; they stay picked.

    Raises NotFound, or Conflict: `handed_over` once the carrier has it, `has_label` once it is labeled, `not_inside` for what is not in it.
    """
    bench, _ = _unpackable(session, parcel_id)
    refuse_labeled(session, parcel_id)
    inside: dict[int, int] = {row.line_id: row.quantity for row in session.execute(_INSIDE, {"parcel": parcel_id})}
    out = _found_inside(bench, read_codes(session, bench, pieces), inside)
    rest = {line_id: inside[line_id] - quantity for line_id, quantity in out.items() if inside[line_id] > quantity}
    session.execute(_REPLACE, {"parcel": parcel_id, "lines": list(out)})
    session.execute(PUT_IN, {"parcel": parcel_id, "lines": list(rest), "quantities": list(rest.values())})
    changes = Changes(at=at)
    for line in bench.lines:
        if line.id in out:
            changes.set(LineItem, line.id, packed=line.packed - out[line.id])
    detail = {"parcel_id": parcel_id, "pieces": sum(out.values())}
    changes.note("shipment", bench.shipment.id, bench.shipment.order_id, "take_out_of_parcel", cause, detail)
    changes.write(session)


def unpack(session: Session, parcel_id: int, *, cause: Cause, at: datetime) -> None:
    """
    Undo a parcel: what is in it stays picked, and the parcel is gone; its label is given back.

    Raises NotFound, or Conflict `handed_over` once the carrier has it.
    """
    bench, parcel = _unpackable(session, parcel_id)
    inside: dict[int, int] = {row.line_id: row.quantity for row in session.execute(_INSIDE, {"parcel": parcel_id})}
    changes = Changes(at=at)
    give_back_labels(session, changes, [bench.shipment.id], parcel_id=parcel_id, cause=cause)
    session.execute(_REMOVE, {"id": parcel_id})
    for line in bench.lines:
        if line.id in inside:
            changes.set(LineItem, line.id, packed=line.packed - inside[line.id])
    detail = {"parcel_id": parcel_id, "position": parcel.position, "pieces": sum(inside.values())}
    changes.note("shipment", bench.shipment.id, bench.shipment.order_id, "unpack", cause, detail)
    changes.write(session)


def discard_parcels(session: Session, changes: Changes, lines: Mapping[int, Sequence[Line]], *, cause: Cause) -> None:
    """
    Undo all parcels of locked shipments, whose `lines` are given by shipment: their pieces go back to the shelf.

    Their labels are given back.
    """
    packed = [line for each in lines.values() for line in each if line.packed]
    if packed:
        give_back_labels(session, changes, {line.shipment_id for line in packed}, cause=cause)
        session.execute(_REMOVE_ALL, {"ids": sorted({line.shipment_id for line in packed})})
    for line in packed:
        line.packed = 0
        changes.set(LineItem, line.id, packed=0)


def _unpackable(session: Session, parcel_id: int) -> tuple[Bench, ParcelView]:
    bench, parcel = bench_of_parcel(session, parcel_id)
    if bench.shipment.status == ShipmentStatus.SHIPPED:
        raise Conflict(
            f"the carrier has parcel {parcel.position} of shipment {bench.shipment.number}",
            code="handed_over",
            guard="handed_over",
            remedy=f"say where it is: {DeliveryState.EXCEPTION} or {DeliveryState.RETURNED_TO_SENDER}",
        )
    return bench, parcel


def _found_inside(bench: Bench, pieces: Iterable[Pieces], inside: Mapping[int, int]) -> dict[int, int]:
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
