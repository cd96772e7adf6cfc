"""Reading what an explanation needs. The caller reads in a snapshot: everything is of one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.return_policy import return_policy
from fulfillment.drafts.read import review
from fulfillment.exchanges.read import awaited_goods
from fulfillment.exchanges.states import AWAITING_RETURN
from fulfillment.explanations.facts import AttemptMade, Facts, InHand, OpenHold, OpenReturn, PromisedStep
from fulfillment.orders.delete import past_of
from fulfillment.orders.queries import (
    lines_of,
    read_orders,
    shipments_of,
)
from fulfillment.orders.states import OrderStatus, ShipmentStatus
from fulfillment.payments.queries import payments_of
from fulfillment.returns.queries import lines_of_return, read_return, sold_lines
from fulfillment.shipments.labeled import labels_wanted
from fulfillment.shipments.queue import needs_of
from fulfillment.shipments.shortage import shortages_of

_SINCE = text("SELECT id, status_since FROM shipment WHERE order_id = :id")
_HOLDS = text("""
SELECT id, order_id, status, reason, note, opened_at, opened_by
  FROM hold WHERE order_id = :id AND status = 'open' ORDER BY opened_at, id
""")
_ATTEMPTS = text("""
SELECT id, payment_id, shipment_id, dispatch_id, kind, amount, status, code, message, reason, lines, created_at, decided_at
  FROM payment_attempt WHERE order_id = :id ORDER BY created_at, id
""")
_DIFFERENCES = text("""
SELECT payment_id, kind, what, reference, attempt_id, amount, currency, found_at
  FROM payment_difference WHERE order_id = :id ORDER BY id
""")
_CHARGEBACKS = text("""
SELECT id, payment_id, amount, reason, reference, opened_at FROM chargeback WHERE order_id = :id AND status = 'open' ORDER BY id
""")
_STEPS = text("""
SELECT id, step, lane, order_id, subject_id, due_at, due_at <= now() AS is_due, fence, failures, dead, last_error, created_at
  FROM dispatch WHERE order_id = :id
 UNION ALL
SELECT id, step, lane, order_id, subject_id, due_at, due_at <= now() AS is_due, fence, failures, dead, last_error, created_at
  FROM dispatch WHERE step = 'inventory.assign_waiting' AND subject_id = ANY (CAST(:products AS bigint[]))
 ORDER BY id
""")
_IN_HAND = text("""
SELECT b.id, s.number, l.sku, b.quantity, b.created_at
  FROM put_back b JOIN line_item l ON l.id = b.line_id JOIN shipment s ON s.id = l.shipment_id
 WHERE b.order_id = :id AND b.confirmed_at IS NULL ORDER BY b.id
""")
_PARCEL_PROBLEMS = text("""
SELECT b.parcel_id, b.kind, b.opened_at, b.hold_id, b.return_id, s.number AS shipment,
       coalesce(p.tracking_number, s.tracking_number) AS tracking_number
  FROM parcel_problem b JOIN parcel p ON p.id = b.parcel_id JOIN shipment s ON s.id = p.shipment_id
 WHERE b.order_id = :id AND b.status = 'open' ORDER BY b.opened_at, b.id
""")
_LOST = text("""
SELECT DISTINCT ON (t.subject_id) t.subject_id, t.detail ->> 'reason' AS reason, w.code AS warehouse, t.at, t.actor
  FROM timeline t LEFT JOIN warehouse w ON w.id = CAST(t.detail ->> 'warehouse_id' AS bigint)
 WHERE t.order_id = :id AND t.subject = 'shipment' AND t.verb = 'lose_assignment'
 ORDER BY t.subject_id, t.id DESC
""")


_RETURNS = text("""
SELECT id, created_at FROM return_order WHERE order_id = :id AND status IN ('authorized', 'receiving') ORDER BY created_at, number
""")
_UNDECIDED = text("""
SELECT w.code, i.sku, sum(CASE m.kind WHEN 'received' THEN m.quantity ELSE -m.quantity END)::bigint AS pieces
  FROM return_line l JOIN return_movement m ON m.return_line_id = l.id JOIN line_item i ON i.id = l.line_id
  JOIN warehouse w ON w.id = m.warehouse_id
 WHERE l.return_id = :id GROUP BY w.code, i.sku
HAVING sum(CASE m.kind WHEN 'received' THEN m.quantity ELSE -m.quantity END) > 0 ORDER BY w.code, i.sku
""")


def read_facts(session: Session, order_id: int, *, at: datetime) -> Facts:
    """Give an order with all that may keep it waiting at `at`."""
    order = read_orders(session, [order_id])[order_id]
    shipments = shipments_of(session, [order_id])[order_id]
    lines = lines_of(session, (shipment.id for shipment in shipments))
    parameters = {"id": order_id}
    waiting = [each for each in shipments if each.status == ShipmentStatus.AWAITING_INVENTORY]
    in_hand = any(
        line.allocated for each in shipments if each.status == ShipmentStatus.CANCELED for line in lines[each.id]
    )
    holds = [OpenHold(*row) for row in session.execute(_HOLDS, parameters)]
    awaits_return = any(hold.reason == AWAITING_RETURN for hold in holds)
    needs = {shipment.id: needs_of(lines[shipment.id]) for shipment in waiting}
    products = sorted({product for each in needs.values() for product in each})
    has_shipped = any(each.status == ShipmentStatus.SHIPPED for each in shipments)
    return Facts(
        at=at,
        order=order,
        shipments=shipments,
        lines=lines,
        since={row.id: row.status_since for row in session.execute(_SINCE, parameters)},
        payments=payments_of(session, [order_id])[order_id],
        attempts=[AttemptMade(*row) for row in session.execute(_ATTEMPTS, parameters)],
        holds=holds,
        awaited=awaited_goods(session, order_id) if awaits_return else None,
        steps=[PromisedStep(*row) for row in session.execute(_STEPS, {**parameters, "products": products})],
        differences=[dict(row) for row in session.execute(_DIFFERENCES, parameters).mappings()],
        chargebacks=[dict(row) for row in session.execute(_CHARGEBACKS, parameters).mappings()],
        obstacles=review(session, order.number, at=at).appraisal.obstacles if order.status == OrderStatus.DRAFT else (),
        in_hand=[InHand(*row) for row in session.execute(_IN_HAND, parameters)] if in_hand else (),
        returns=_open_returns(session, order_id) if has_shipped else (),
        sold=sold_lines(session, order_id) if has_shipped else (),
        return_policy=return_policy(session, order.market_id) if has_shipped else None,
        parcel_problems=[dict(row) for row in session.execute(_PARCEL_PROBLEMS, parameters).mappings()],
        labels=labels_wanted(session, shipments),
        past=past_of(session, order_id),
        lost_assignments=_lost_assignments(session, order_id) if waiting else {},
        shortages=shortages_of(session, waiting, at=at) if waiting else {},
    )


def _open_returns(session: Session, order_id: int) -> list[OpenReturn]:
    rows = session.execute(_RETURNS, {"id": order_id}).all()
    return [
        OpenReturn(
            read_return(session, row.id),
            lines_of_return(session, row.id),
            row.created_at,
            [(each.code, each.sku, each.pieces) for each in session.execute(_UNDECIDED, {"id": row.id})],
        )
        for row in rows
    ]


def _lost_assignments(session: Session, order_id: int) -> dict[int, dict[str, Any]]:
    rows = session.execute(_LOST, {"id": order_id}).mappings()
    return {row["subject_id"]: {name: row[name] for name in ("reason", "warehouse", "at", "actor")} for row in rows}
