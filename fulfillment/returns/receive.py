"""Receive: pieces came back. What was not announced is kept, too, and shown as a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.catalog.barcodes import CodedProduct, find_by_code
from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.models import PurchaseOrder
from fulfillment.returns.authorize import line_row
from fulfillment.returns.decide import Decided, decide
from fulfillment.returns.models import ReturnLine, ReturnMovement, ReturnOrder, ReturnStray
from fulfillment.returns.queries import (
    PiecesOfLine,
    ReturnUnderLock,
    SoldLine,
    lines_of_return,
    lock_return,
    of_product,
    sold_lines,
)
from fulfillment.returns.scans import answered, keep_answer
from fulfillment.returns.states import RETURN, Condition, Disposition, ReturnMovementKind, ReturnReason
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class Arrived:
    """
    Pieces of one product that came to a warehouse. `code` is a SKU or a barcode; `scan_id` is the scanner's own.

    Where it is seen at once what becomes of them, `disposition` says so; what is restocked goes into `bin`. `place` is where
    pieces are kept that do not belong to the order.
    """

    scan_id: str
    code: str
    quantity: int
    warehouse_id: int
    condition: Condition
    disposition: Disposition | None = None
    bin: str | None = None
    place: str | None = None
    note: str | None = None


def receive_return(session: Session, return_id: int, arrived: Arrived, *, cause: Cause, at: datetime) -> dict[str, Any]:
    """
    Count pieces as come back; sent again, a scan gives its first answer.

    They count for what was announced, then for whatever else was shipped in the order and is not back. What is left are
    strays, which are noted down with their place. Raises NotFound, Conflict where the return has ended, `unknown_code` for a
    code that is none of ours and has no place, `scan_id_reused`.
    """
    order, return_ = lock_return(session, return_id)
    asked = asdict(arrived)
    if (answer := answered(session, return_id, arrived.scan_id, asked)) is not None:
        return answer
    _, refused = RETURN.admit("receive_return", [return_])
    if refused:
        raise refused[0].as_error()
    if arrived.bin is not None and arrived.disposition != Disposition.RESTOCKED:
        raise Invalid(
            "only what is restocked goes into a bin", code="bin_without_restocking", remedy="leave the bin out"
        )
    product = _find(session, arrived)
    lines = lines_of_return(session, return_id)
    changes = Changes(at=at)
    shares = _shares(session, changes, return_, product, arrived.quantity, lines)
    counted = [_count(changes, line, pieces, arrived, cause) for line, pieces in shares]
    stray = arrived.quantity - sum(pieces for _, pieces in shares)
    if stray:
        _set_aside(changes, return_id, product, stray, arrived, cause)
    if arrived.disposition is not None and shares and product is not None:
        decided = [Decided(line, pieces) for line, pieces in shares]
        decide(
            session,
            changes,
            return_,
            decided,
            arrived.disposition,
            warehouse_id=arrived.warehouse_id,
            sku=product.sku,
            bin_code=arrived.bin,
            note=None,
            cause=cause,
        )
    detail = {"code": arrived.code, "quantity": arrived.quantity, "stray": stray, "scan_id": arrived.scan_id}
    entry = changes.move(RETURN, ReturnOrder, return_, "receive_return", cause, detail=detail)
    unfollowed = return_.not_followed_by
    changes.publish("return.received", return_id, cause, order_id=order.id, because=entry, leaving_out=unfollowed)
    answer = _told(return_, arrived, product, counted, stray, lines)
    keep_answer(changes, return_id, arrived.scan_id, asked, answer, cause)
    changes.raise_version(PurchaseOrder, order)
    changes.write(session)
    return answer


def _find(session: Session, arrived: Arrived) -> CodedProduct | None:
    product = find_by_code(session, arrived.code)
    if product is None and arrived.place is None:
        raise Conflict(
            f"{arrived.code} is no SKU and no barcode of ours",
            code="unknown_code",
            guard="unknown_code",
            remedy="read it again; or say where it is kept (place), if it is really nothing of ours",
            members={"code": arrived.code},
        )
    return product


def _shares(
    session: Session,
    changes: Changes,
    return_: ReturnUnderLock,
    product: CodedProduct | None,
    quantity: int,
    lines: list[PiecesOfLine],
) -> list[tuple[PiecesOfLine, int]]:
    """Share pieces out: what was announced goes first, then what else the customer has of the order."""
    if product is None:
        return []
    shares: dict[int, int] = {}
    left = quantity
    for line in of_product(lines, product.id):
        shares[line.id] = min(left, line.coming)
        left -= shares[line.id]
    sold = [line for line in sold_lines(session, return_.order_id) if line.product_id == product.id]
    for each in sold if left else ():
        if pieces := min(left, each.with_customer):
            line = _line_for(session, changes, return_, each, pieces, lines)
            shares[line.id] = shares.get(line.id, 0) + pieces
            left -= pieces
    by_id = {line.id: line for line in lines}
    return [(by_id[line_id], pieces) for line_id, pieces in shares.items() if pieces]


def _line_for(
    session: Session,
    changes: Changes,
    return_: ReturnUnderLock,
    sold: SoldLine,
    pieces: int,
    lines: list[PiecesOfLine],
) -> PiecesOfLine:
    """Give the return's line about a line item; add one where nobody announced it."""
    if (known := next((line for line in lines if line.line_id == sold.id), None)) is not None:
        return known
    [line_id] = take_ids(session, 1)
    row = line_row(line_id, return_.id, sold, ReturnReason.NOT_ANNOUNCED, announced=0)
    changes.begin(ReturnLine, {**row, "received": pieces})
    added = PiecesOfLine(line_id, sold.id, sold.product_id or 0, ReturnReason.NOT_ANNOUNCED, *([0] * 8))
    lines.append(added)
    return added


def _count(changes: Changes, line: PiecesOfLine, pieces: int, arrived: Arrived, cause: Cause) -> dict[str, Any]:
    line.received += pieces
    changes.set(ReturnLine, line.id, received=line.received)
    changes.insert(
        ReturnMovement,
        {
            "return_line_id": line.id,
            "kind": ReturnMovementKind.RECEIVED,
            "warehouse_id": arrived.warehouse_id,
            "quantity": pieces,
            "condition": arrived.condition,
            "note": arrived.note,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
            "actor": cause.actor,
            "at": changes.at,
        },
    )
    return {
        "line_id": line.line_id,
        "quantity": pieces,
        "announced": line.announced,
        "received": line.received,
        "over": max(0, line.received - line.announced),
    }


def _set_aside(
    changes: Changes, return_id: int, product: CodedProduct | None, pieces: int, arrived: Arrived, cause: Cause
) -> None:
    changes.insert(
        ReturnStray,
        {
            "return_id": return_id,
            "product_id": None if product is None else product.id,
            "code": arrived.code,
            "quantity": pieces,
            "warehouse_id": arrived.warehouse_id,
            "condition": arrived.condition,
            "place": arrived.place,
            "actor": cause.actor,
            "at": changes.at,
        },
    )


def _told(
    return_: ReturnUnderLock,
    arrived: Arrived,
    product: CodedProduct | None,
    counted: Sequence[Mapping[str, Any]],
    stray: int,
    lines: Sequence[PiecesOfLine],
) -> dict[str, Any]:
    return {
        "return_id": return_.id,
        "scan_id": arrived.scan_id,
        "code": arrived.code,
        "sku": None if product is None else product.sku,
        "quantity": arrived.quantity,
        "counted": list(counted),
        "stray": stray,
        "status": return_.status,
        "coming": sum(line.coming for line in lines),
        "undecided": sum(line.undecided for line in lines),
    }
