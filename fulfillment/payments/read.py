"""Payments and their transactions as they are shown (PY2). Reads only; amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_COLUMNS = """
SELECT p.id, p.order_id, o.number AS order_number, p.position, p.method, p.received_as, p.reference, p.amount, p.currency, p.declined, p.authorized,
       p.captured, p.voided, p.expired, p.refunded, p.charged_back, p.exchanged, p.capture_pending, p.void_pending, p.refund_pending, p.created_at,
       p.expires_at, p.renews_payment_id,
       (SELECT jsonb_build_object('client_secret', x.client_secret, 'url', x.url) FROM payment_action x
          JOIN payment_attempt a ON a.id = x.attempt_id AND a.status = 'unknown' AND a.code = 'requires_action'
         WHERE x.payment_id = p.id) AS action
  FROM payment p JOIN purchase_order o ON o.id = p.order_id
"""
_OF_ORDER = text(_COLUMNS + " WHERE p.order_id = :order_id ORDER BY p.position, p.id")
_ONE = text(_COLUMNS + " WHERE p.id = :id")
_ATTEMPTS = text("""
SELECT id, payment_id, shipment_id, kind, amount, status, reference, code, message, reason, lines, created_at, decided_at
  FROM payment_attempt
 WHERE order_id IN (SELECT order_id FROM payment WHERE id = ANY (CAST(:ids AS bigint[])))
   AND payment_id = ANY (CAST(:ids AS bigint[])) ORDER BY created_at, id
""")
_UNDECIDED = text("""
SELECT EXISTS (SELECT FROM payment p JOIN purchase_order o ON o.id = p.order_id
                WHERE o.number = :number AND p.method = 'card' AND p.authorized = 0 AND p.declined IS NULL
                  AND NOT EXISTS (SELECT FROM payment_attempt a WHERE a.order_id = o.id AND a.payment_id = p.id
                                     AND a.status = 'unknown' AND a.code = 'requires_action'))
""")


_CHARGEBACK = text("""
SELECT c.id, c.payment_id, o.number AS "order", c.status, c.amount, c.currency, c.reason, c.reference, c.note, c.hold_id,
       c.opened_at, c.opened_by, c.ended_at
  FROM chargeback c JOIN purchase_order o ON o.id = c.order_id WHERE c.id = :id AND c.payment_id = :payment_id
""")


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment and every attempt to move its money, oldest first."""

    payment: RowMapping
    attempts: Sequence[RowMapping]


def payments_of_order(session: Session, order_id: int) -> list[PaymentView]:
    """Give the payments of an order in the order in which they were added."""
    return _with_attempts(session, session.execute(_OF_ORDER, {"order_id": order_id}).mappings().all())


def find_payment(session: Session, payment_id: int) -> PaymentView:
    """Give one payment. Raises NotFound."""
    rows = session.execute(_ONE, {"id": payment_id}).mappings().all()
    if not rows:
        raise NotFound(f"no payment {payment_id}")
    return _with_attempts(session, rows)[0]


def find_chargeback(session: Session, payment_id: int, chargeback_id: int) -> RowMapping:
    """Give a chargeback of a payment. Raises NotFound."""
    parameters = {"id": chargeback_id, "payment_id": payment_id}
    if (found := session.execute(_CHARGEBACK, parameters).mappings().one_or_none()) is None:
        raise NotFound(f"payment {payment_id} has no chargeback {chargeback_id}")
    return found


def authorization_is_open(session: Session, order_number: str) -> bool:
    """Tell whether the gateway's answer to any card payment of an order is awaited; one that waits for the customer is not."""
    return bool(session.execute(_UNDECIDED, {"number": order_number}).scalar_one())


def _with_attempts(session: Session, payments: Sequence[RowMapping]) -> list[PaymentView]:
    found = session.execute(_ATTEMPTS, {"ids": [payment["id"] for payment in payments]}).mappings().all()
    return [
        PaymentView(payment, [attempt for attempt in found if attempt["payment_id"] == payment["id"]])
        for payment in payments
    ]
