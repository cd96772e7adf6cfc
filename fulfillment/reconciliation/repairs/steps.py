"""Steps that nobody is going to do: their rows are promised again, as the verb would have done that called for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Row, text

from fulfillment.dispatch.models import Dispatch
from fulfillment.kernel.job import Refusal
from fulfillment.process import EVENTS, STEPS
from fulfillment.reconciliation.drift import Repair

_ATTEMPT = text("""
SELECT a.id, a.kind, a.status, a.dispatch_id, a.payment_id, a.shipment_id, p.method, a.order_id
  FROM payment_attempt a JOIN payment p ON p.id = a.payment_id WHERE a.id = :id
""")
_SHIPPED = text(
    "SELECT id FROM shipment WHERE order_id = :id AND status = 'shipped' ORDER BY char_length(number), number"
)
_WAITED_FOR = text("SELECT product_id FROM waiting_line WHERE shipment_id = :id ORDER BY product_id")


def promise(event: str, of: str) -> Callable[[Repair], Mapping[str, Any]]:
    """Make the repair that publishes an event about what a column of the row names."""

    def publish(repair: Repair) -> Mapping[str, Any]:
        order_id = None if repair.order is None else repair.order.id
        repair.changes.publish(event, repair.row[of], repair.cause, order_id=order_id)  # one of the process table
        return {"steps": list(EVENTS[event])}

    return publish


def promise_shipment(repair: Repair) -> Mapping[str, Any]:
    """Promise what follows for a pending shipment whose order is covered."""
    event = "shipment.covered" if repair.row["needs_shipping"] else "shipment.covered_unshippable"
    return promise(event, "shipment_id")(repair)


def promise_captures(repair: Repair) -> Mapping[str, Any]:
    """Promise the captures of what has left."""
    assert repair.order is not None
    shipments = list(repair.session.execute(_SHIPPED, {"id": repair.order.id}).scalars())
    for shipment_id in shipments:
        repair.changes.publish("shipment.capture_due", shipment_id, repair.cause, order_id=repair.order.id)
    return {"steps": ["payments.capture"], "shipments": shipments}


def promise_what_is_waited_for(repair: Repair) -> Mapping[str, Any]:
    """Have the products of a waiting shipment tried."""
    products = list(repair.session.execute(_WAITED_FOR, {"id": repair.row["shipment_id"]}).scalars())
    for product_id in products:
        repair.changes.publish("stock.gained", product_id, repair.cause)
    return {"steps": ["inventory.assign_waiting"], "products": products}


def follow_attempt(repair: Repair) -> Mapping[str, Any]:
    """
    Give an attempt the row back that follows it.

    One that was sent gets a row of the same number, so that it is found by it, and is asked about before anything is sent.
    """
    attempt = repair.session.execute(_ATTEMPT, {"id": repair.row["attempt_id"]}).one()
    if attempt.status == "new":
        event = "credit.refund_requested" if attempt.method == "credit" else f"{attempt.kind}.requested"
        repair.changes.publish(event, attempt.id, repair.cause, order_id=attempt.order_id)
        return {"steps": list(EVENTS[event])}
    if attempt.dispatch_id is None:
        raise Refusal(
            attempt.id,
            guard="never_had_a_row",
            reason="the attempt was sent and says not by which row",
            remedy="settle it by hand: POST /v1/payment-attempts/{id}/outcome",
        ).as_error()
    step, subject_id = _followed_by(attempt)
    repair.changes.insert(
        Dispatch,
        {
            "id": attempt.dispatch_id,
            "step": step,
            "lane": STEPS[step].lane,
            "order_id": attempt.order_id,
            "subject_id": subject_id,
            "cause_kind": repair.cause.kind,
            "cause_id": repair.cause.id,
            "actor": repair.cause.actor,
        },
    )
    return {"steps": [step], "row": attempt.dispatch_id}


def _followed_by(attempt: Row[Any]) -> tuple[str, int]:
    """Give the step of an attempt and its subject. What was made for a person, or for a whole order, any step may ask about."""
    if attempt.kind == "authorize":
        return "payments.authorize", attempt.payment_id
    if attempt.kind == "capture" and attempt.shipment_id is not None:
        return "payments.capture", attempt.shipment_id
    return "payments.send", attempt.id


def follow_label(repair: Repair) -> Mapping[str, Any]:
    """Promise what sees to a label."""
    bought = repair.row["status"] in ("voiding", "bought")
    return promise("label.void_wanted" if bought else "label.wanted", "label_id")(repair)
