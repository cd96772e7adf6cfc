"""Delete: what never held money and is not worked on is gone, but for a stone with its number (OL13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch import operations
from fulfillment.dispatch.withdraw import withdraw
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.job import Job, Outcome, Refusal
from fulfillment.orders.cancel import give_back
from fulfillment.orders.guards import not_on_hold
from fulfillment.orders.queries import OrderUnderLock, lock_order, shipments_of
from fulfillment.promotions.use import give_back_uses
from fulfillment.timeline.changes import Changes

ROWS_OF_AN_ORDER: Final = (
    "waiting_line",
    "tote",
    "put_back",
    "item_delivery",
    "parcel_delivery",
    "parcel_problem",
    "tracking_event",
    "label_document",
    "label",
    "parcel",
    "return_order",
    "line_item",
    "shipment",
    "order_form",
    "payment_action",
    "payment_difference",
    "payment_attempt",
    "payment",
    "order_note",
    "order_search",
    "promotion_use",
    "hold",
    "cart",
    "webhook_delivery",
    "drift_item",
    "timeline",
)
"""The tables whose rows go with their order, in an order that no foreign key minds. Steps are withdrawn before."""

KEPT: Final = ("money_transfer", "chargeback", "exchange", "exchange_credit")
"""Tables of orders from which nothing is ever taken: what is there keeps its order from being deleted."""


@dataclass(frozen=True, slots=True)
class Past:
    """What has happened to an order that would keep it from being deleted."""

    held_money: bool
    exchanged: bool
    undecided: bool
    worked: str | None


_PAST = text("""
SELECT EXISTS (SELECT FROM money_transfer WHERE order_id = :id) AS held_money,
       EXISTS (SELECT FROM exchange WHERE order_id = :id OR new_order_id = :id) AS exchanged,
       EXISTS (SELECT FROM payment_attempt WHERE order_id = :id AND status IN ('new', 'sending', 'unknown', 'by_hand')) AS undecided,
       (SELECT min(number) FROM shipment WHERE order_id = :id
           AND (status IN ('released', 'packing', 'shipped') OR picklist_id IS NOT NULL)) AS worked
""")
_SET_STONE = text("""
INSERT INTO deleted_order (id, number, market, storefront_id, status, total, currency, line_ids, placed_at,
                           deleted_at, deleted_by, cause_id, reason)
SELECT o.id, o.number, m.code, o.storefront_id, o.status, o.total, o.currency,
       (SELECT coalesce(jsonb_agg(l.id ORDER BY l.id), '[]')
          FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.order_id = o.id),
       o.placed_at, :at, :actor, :cause_id, :reason
  FROM purchase_order o JOIN market m ON m.id = o.market_id WHERE o.id = :id
""")
_FOUND_BY: Final = {"line_item": "shipment_id IN (SELECT id FROM shipment WHERE order_id = :id)"}
"""What has no index by order: it would be looked for among all there are."""
_REMOVE = tuple(
    text(f"DELETE FROM {table} WHERE {_FOUND_BY.get(table, 'order_id = :id')}")  # noqa: S608 - our own names only
    for table in ROWS_OF_AN_ORDER
)
_REMOVE_ORDER = text("DELETE FROM purchase_order WHERE id = :id")


def delete(session: Session, order_id: int, *, reason: str, cause: Cause, at: datetime) -> None:
    """
    Remove an order and all that belongs to it; its reserved units are free at once, and its steps are withdrawn.

    What is left is a DeletedOrder. Raises NotFound, or Conflict where it is on hold, ever held money, may be holding some,
    is part of an exchange, or is or was worked in a warehouse: such an order is canceled and archived.
    """
    order = lock_order(session, order_id)
    if (refusal := refusal_to_delete(order, past_of(session, order.id))) is not None:
        raise refusal.as_error()
    jobs = withdraw(session, order.id)
    if jobs is None:
        raise _at_work(order).as_error()
    operations.finish(session, jobs, Outcome(refused=[_deleted(order, job) for job in jobs]), at=at)
    changes = Changes(at=at)
    give_back(session, changes, shipments_of(session, [order.id])[order.id], cause)
    give_back_uses(session, changes, order.id)
    changes.write(session)
    said = {"id": order.id, "at": at, "actor": cause.actor, "cause_id": cause.id, "reason": reason}
    session.execute(_SET_STONE, said)
    for statement in (*_REMOVE, _REMOVE_ORDER):
        session.execute(statement, {"id": order.id})


def past_of(session: Session, order_id: int) -> Past:
    """Give what has happened to an order that would keep it from being deleted."""
    return Past(*session.execute(_PAST, {"id": order_id}).one())


def refusal_to_delete(order: OrderUnderLock, past: Past) -> Refusal | None:
    """Say why an order must not be deleted: money, the warehouse, or a hold (OL13)."""
    if (on_hold := not_on_hold(order, order.id)) is not None:
        return on_hold
    cancel = f"POST /v1/orders/{order.number}/cancellation"
    away = f"archive it: POST /v1/orders/{order.number}/archive"
    if past.held_money:
        reason = f"order {order.number} has held money: its books are kept"
        return Refusal(
            order.id,
            guard="held_money",
            reason=reason,
            remedy=f"cancel it: {cancel}; then {away}" if order.is_open else away,
        )
    if past.exchanged:
        return Refusal(
            order.id,
            guard="exchanged",
            reason=f"order {order.number} is part of an exchange",
            remedy=f"cancel it: {cancel}; then {away}" if order.is_open else away,
        )
    if past.undecided:
        reason = f"a payment of order {order.number} is not decided yet"
        return Refusal(
            order.id,
            guard="payment_undecided",
            reason=reason,
            remedy="wait until it is declined, or cancel the order: " + cancel,
        )
    if past.worked is not None:
        reason = f"shipment {past.worked} is or was in the hands of the warehouse"
        return Refusal(
            order.id,
            guard="worked",
            reason=reason,
            remedy=f"cancel it: {cancel}; then {away}" if order.is_open else away,
        )
    return None


def _at_work(order: OrderUnderLock) -> Refusal:
    reason = f"a step of order {order.number} is being done at this moment"
    return Refusal(order.id, guard="being_worked", reason=reason, remedy="send it again in a moment")


def _deleted(order: OrderUnderLock, job: Job) -> Refusal:
    reason = f"order {order.number} was deleted"
    return Refusal(job.subject_id, guard="order_deleted", reason=reason, remedy="nothing is to be done")
