"""Decide what becomes of pieces that came back: to the shelf, to scrap, to their vendor, or back to the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.barcodes import find_by_code
from fulfillment.inventory.models import MovementKind
from fulfillment.inventory.on_hand import Count, Why, change_on_hand
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.models import PurchaseOrder
from fulfillment.returns.models import ReturnLine, ReturnMovement
from fulfillment.returns.queries import PiecesOfLine, ReturnUnderLock, lines_of_return, lock_return, of_product
from fulfillment.returns.scans import answered, keep_answer
from fulfillment.returns.states import OPEN, RETURN, Disposition
from fulfillment.timeline.changes import Changes

_LYING = text("""
SELECT m.return_line_id, sum(CASE m.kind WHEN 'received' THEN m.quantity ELSE -m.quantity END)::bigint AS pieces
  FROM return_movement m WHERE m.return_line_id = ANY (CAST(:lines AS bigint[])) AND m.warehouse_id = :warehouse
 GROUP BY m.return_line_id
""")


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of pieces of one product that lie in a warehouse; what is restocked goes into `bin`, or into none."""

    scan_id: str
    code: str
    quantity: int
    warehouse_id: int
    disposition: Disposition
    bin: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """Pieces of one line of a return."""

    line: PiecesOfLine
    quantity: int


def decide_pieces(
    session: Session, return_id: int, decision: Decision, *, cause: Cause, at: datetime
) -> dict[str, Any]:
    """
    Say what becomes of pieces that came; sent again, a scan gives its first answer.

    Raises NotFound, Conflict where the return has ended, `not_here` where so many pieces without a decision do not lie in this
    warehouse, `scan_id_reused`.
    """
    order, return_ = lock_return(session, return_id)
    asked = asdict(decision)
    if (answer := answered(session, return_id, decision.scan_id, asked)) is not None:
        return answer
    _refuse_ended(return_)
    if decision.bin is not None and decision.disposition != Disposition.RESTOCKED:
        raise Invalid(
            "only what is restocked goes into a bin", code="bin_without_restocking", remedy="leave the bin out"
        )
    lines = lines_of_return(session, return_id)
    sku, decided = _undecided(session, lines, decision)
    changes = Changes(at=at)
    decide(
        session,
        changes,
        return_,
        decided,
        decision.disposition,
        warehouse_id=decision.warehouse_id,
        sku=sku,
        bin_code=decision.bin,
        note=decision.note,
        cause=cause,
    )
    detail = {"code": decision.code, "quantity": decision.quantity, "disposition": decision.disposition}
    entry = changes.note(RETURN.name, return_id, order.id, "decide_return", cause, detail)
    unfollowed = return_.not_followed_by
    changes.publish("return.decided", return_id, cause, order_id=order.id, because=entry, leaving_out=unfollowed)
    answer = {
        "return_id": return_id,
        "scan_id": decision.scan_id,
        "sku": sku,
        "quantity": decision.quantity,
        "disposition": str(decision.disposition),
        "undecided": sum(line.undecided for line in lines),
    }
    keep_answer(changes, return_id, decision.scan_id, asked, answer, cause)
    changes.raise_version(PurchaseOrder, order)
    changes.write(session)
    return answer


def decide(
    session: Session,
    changes: Changes,
    return_: ReturnUnderLock,
    decided: Sequence[Decided],
    disposition: Disposition,
    *,
    warehouse_id: int,
    sku: str,
    bin_code: str | None,
    note: str | None,
    cause: Cause,
) -> None:
    """Put down what becomes of pieces of one product; what is restocked is on hand, and may be promised, at once."""
    counter = str(disposition)
    for each in decided:
        after = getattr(each.line, counter) + each.quantity
        setattr(each.line, counter, after)
        changes.set(ReturnLine, each.line.id, **{counter: after})
        changes.insert(
            ReturnMovement,
            {
                "return_line_id": each.line.id,
                "kind": counter,
                "warehouse_id": warehouse_id,
                "quantity": each.quantity,
                "condition": None,
                "note": note,
                "cause_kind": cause.kind,
                "cause_id": cause.id,
                "actor": cause.actor,
                "at": changes.at,
            },
        )
    if disposition == Disposition.RESTOCKED:
        count = Count(decided[0].line.product_id, sku, sum(each.quantity for each in decided), bin_code)
        why = Why(return_.number, document_id=return_.id)
        change_on_hand(session, changes, MovementKind.RESTOCKED, warehouse_id, [count], cause, why)


def _refuse_ended(return_: ReturnUnderLock) -> None:
    if return_.status not in OPEN:
        raise Conflict(
            f"return {return_.number} is {return_.status}",
            code="status",
            guard="status",
            remedy="nothing is to be done: what lies there is moved by POST /v1/inventory/adjustments",
        )


def _undecided(session: Session, lines: Sequence[PiecesOfLine], decision: Decision) -> tuple[str, list[Decided]]:
    """Find the lines whose pieces lie undecided in the warehouse."""
    product = find_by_code(session, decision.code)
    named = [] if product is None else of_product(lines, product.id)
    asked = {"lines": [line.id for line in named], "warehouse": decision.warehouse_id}
    lying = {row.return_line_id: row.pieces for row in session.execute(_LYING, asked)} if named else {}
    decided: list[Decided] = []
    left = decision.quantity
    for line in named:
        if pieces := min(left, lying.get(line.id, 0)):
            decided.append(Decided(line, pieces))
            left -= pieces
    if left or product is None:
        there = sum(lying.values())
        raise Conflict(
            f"{there} pieces of {decision.code} lie in this warehouse without a decision",
            code="not_here",
            guard="not_here",
            remedy="receive them first: POST /v1/returns/{id}/receipts" if not there else "name fewer pieces",
            members={"code": decision.code, "most": there},
        )
    return product.sku, decided
