"""A scan: pieces of a product, from a bin, into a tote. Counted once however often it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.barcodes import CodedProduct, find_by_code
from fulfillment.inventory.models import BinMovementKind
from fulfillment.inventory.movements import Level, lock_stock
from fulfillment.inventory.places import Whereabouts, place, take_anywhere, whereabouts
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.models import LineItem
from fulfillment.orders.queries import Line, OrderUnderLock, ShipmentUnderLock, lines_of, lock_shipments
from fulfillment.picking import refuse
from fulfillment.picking.candidates import Candidate, candidates, share_out
from fulfillment.picking.claim import hold_claim
from fulfillment.picking.models import PickScan
from fulfillment.picking.put_down import pick_row
from fulfillment.shipments.models import Pick
from fulfillment.shipments.pick import refusal_to_pick
from fulfillment.timeline.changes import Changes

_ANSWERED = text("SELECT asked, answer FROM pick_scan WHERE picklist_id = :picklist AND scan_id = :scan")
_SHEET = text("""
SELECT p.warehouse_id, b.id AS bin_id FROM picklist p LEFT JOIN bin b ON b.warehouse_id = p.warehouse_id AND b.code = :bin
 WHERE p.id = :id
""")
_LEFT = text("""
SELECT coalesce(sum(l.quantity - l.picked), 0)::bigint FROM shipment s JOIN line_item l ON l.shipment_id = s.id
 WHERE s.picklist_id = :id AND s.status = 'packing' AND l.product_id IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner sent. `code` is a SKU or a barcode; `scan_id` is its own, and the same when it is sent again."""

    scan_id: str
    code: str
    quantity: int = 1
    bin: str | None = None
    tote: str | None = None


def scan(session: Session, picklist_id: int, scanned: Scan, *, cause: Cause, at: datetime) -> dict[str, Any]:
    """
    Count pieces as picked, and claim the picklist; give what they were picked for. Sent again it gives the first answer.

    Raises NotFound for a picklist that does not exist, Conflict with one of the codes of `refuse`, `not_yours`,
    `picklist_closed`, or `scan_id_reused` where another scan had this id.
    """
    if (answer := _answered(session, picklist_id, scanned)) is not None:
        return answer
    try:
        return _count(session, picklist_id, scanned, cause=cause, at=at)
    except Conflict:
        # Refused because of itself, perhaps: the same scan was on its way twice, and the other was quicker.
        if (answer := _answered(session, picklist_id, scanned)) is not None:
            return answer
        raise


def _count(session: Session, picklist_id: int, scanned: Scan, *, cause: Cause, at: datetime) -> dict[str, Any]:
    sheet = session.execute(_SHEET, {"id": picklist_id, "bin": scanned.bin}).one_or_none()
    if sheet is None:
        raise NotFound(f"no picklist {picklist_id}")
    product, chosen, shares = _choose(session, picklist_id, scanned)
    floor = lock_shipments(
        session, sorted({each.shipment_id for each in chosen}), sorted({each.order_id for each in chosen})
    )
    key = (product.id, sheet.warehouse_id)
    stock = lock_stock(session, [key])
    changes = Changes(at=at)
    hold_claim(session, changes, picklist_id, cause)
    if (answer := _answered(session, picklist_id, scanned)) is not None:
        return answer
    lines = {line.id: line for each in lines_of(session, [s.id for s in floor.asked]).values() for line in each}
    shipments = {each.id: each for each in floor.asked if each.picklist_id == picklist_id}
    for each in chosen:
        shipment, line = shipments.get(each.shipment_id), lines.get(each.line_id)
        if shipment is None or line is None:
            raise refuse.wrong_item(each.sku, picklist_id)  # taken off the list meanwhile
        _refuse_changed(floor.order_of(shipment), shipment, line, shares[line.id], product.sku)
    lying = whereabouts(session, {key: stock[key]})[key] if key in stock and _has_bins(stock[key], scanned) else None
    if lying is not None:
        refuse.refuse_misplaced(product.sku, scanned.quantity, lying, sheet.bin_id, scanned.bin)
    for each in chosen:
        pieces = shares[each.line_id]
        _take(changes, key, pieces, lying, sheet.bin_id, cause, line_id=each.line_id)
        changes.insert(Pick, pick_row(picklist_id, each.line_id, pieces, cause, at))
        changes.set(LineItem, each.line_id, picked=lines[each.line_id].picked + pieces)
    left = session.execute(_LEFT, {"id": picklist_id}).scalar_one() - scanned.quantity
    answer = _told(picklist_id, scanned, product, chosen, shares, left)
    changes.insert(
        PickScan,
        {
            "picklist_id": picklist_id,
            "scan_id": scanned.scan_id,
            "asked": asdict(scanned),
            "answer": answer,
            "actor": cause.actor,
            "at": at,
        },
    )
    changes.write(session)
    return answer


def _answered(session: Session, picklist_id: int, scanned: Scan) -> dict[str, Any] | None:
    row = session.execute(_ANSWERED, {"picklist": picklist_id, "scan": scanned.scan_id}).one_or_none()
    if row is None:
        return None
    if row.asked != asdict(scanned):
        raise Conflict(
            f"scan {scanned.scan_id} of picklist {picklist_id} was another one",
            code="scan_id_reused",
            guard="scan_id",
            remedy="give each scan an id of its own",
        )
    answer: dict[str, Any] = row.answer
    return answer


def _choose(session: Session, picklist_id: int, scanned: Scan) -> tuple[CodedProduct, list[Candidate], dict[int, int]]:
    """Find the lines that these pieces are for, one shipment after the other."""
    if (product := find_by_code(session, scanned.code)) is None:
        raise refuse.unknown_code(scanned.code)
    lines = candidates(session, picklist_id, product.id)
    if not lines:
        raise refuse.wrong_item(product.sku, picklist_id)
    lines = refuse.of_tote(lines, scanned.tote)
    refuse.refuse_nothing_to_pick(lines)
    pickable = [each for each in lines if each.is_pickable]
    refuse.refuse_over_pick(product.sku, scanned.quantity, sum(each.missing for each in pickable))
    shares = share_out(pickable, scanned.quantity)
    return product, [each for each in pickable if each.line_id in shares], shares


def _refuse_changed(order: OrderUnderLock, shipment: ShipmentUnderLock, line: Line, pieces: int, sku: str) -> None:
    """Judge again under the lock: somebody may have canceled, held or picked it meanwhile."""
    if (refusal := refusal_to_pick(order, shipment)) is not None:
        raise refusal.as_error()
    refuse.refuse_over_pick(sku, pieces, line.quantity - line.picked)


def _has_bins(level: Level, scanned: Scan) -> bool:
    return scanned.bin is not None or level.in_bins > 0


def _take(
    changes: Changes,
    key: tuple[int, int],
    pieces: int,
    lying: Whereabouts | None,
    bin_id: int | None,
    cause: Cause,
    *,
    line_id: int,
) -> None:
    if lying is None:
        return
    if bin_id is None:
        take_anywhere(changes, BinMovementKind.PICKED, key, pieces, lying, cause, line_id=line_id)
    else:
        place(changes, BinMovementKind.PICKED, *key, pieces, cause, from_bin_id=bin_id, line_id=line_id)


def _told(
    picklist_id: int,
    scanned: Scan,
    product: CodedProduct,
    chosen: Sequence[Candidate],
    shares: Mapping[int, int],
    left: int,
) -> dict[str, Any]:
    return {
        "picklist_id": picklist_id,
        "scan_id": scanned.scan_id,
        "sku": product.sku,
        "name": product.name,
        "bin": scanned.bin,
        "quantity": scanned.quantity,
        "picks": [
            {
                "line_id": each.line_id,
                "shipment_id": each.shipment_id,
                "tote": each.tote,
                "quantity": shares[each.line_id],
                "picked": each.picked + shares[each.line_id],
                "ordered": each.quantity,
            }
            for each in chosen
        ],
        "left": int(left),
    }
