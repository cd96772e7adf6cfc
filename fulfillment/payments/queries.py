"""What the money verbs ask. Payments and attempts stand still while their order is locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound
from fulfillment.payments.models import Method

COUNTERS: Final = (
    "authorized",
    "captured",
    "voided",
    "expired",
    "refunded",
    "charged_back",
    "exchanged",
    "capture_pending",
    "void_pending",
    "refund_pending",
)
"""What of a payment was moved, and what is on its way to be."""


@dataclass(slots=True)
class PaymentUnderLock:
    """A payment of a locked order. Amounts are minor units."""

    id: int
    order_id: int
    position: int
    method: str
    token: str | None
    amount: int
    currency: str
    reference: str | None
    declined: str | None
    authorized: int
    captured: int
    voided: int
    expired: int
    refunded: int
    charged_back: int
    exchanged: int
    capture_pending: int
    void_pending: int
    refund_pending: int
    expires_at: datetime | None
    renews_payment_id: int | None
    created_at: datetime

    @classmethod
    def to_be(cls, row: Mapping[str, Any]) -> PaymentUnderLock:
        """Give a card that is about to be added, as it will be."""
        nothing = dict.fromkeys(COUNTERS, 0)
        return cls(**{"reference": None, "declined": None, "expires_at": None, **nothing, **row})

    @property
    def is_undecided(self) -> bool:
        """Whether it is a card of which nobody knows yet whether anything is set aside."""
        return self.method == Method.CARD and not self.authorized and self.declined is None

    @property
    def open(self) -> int:
        """What can still be captured or voided, leaving out what is on its way to be."""
        gone = self.captured + self.voided + self.expired
        return max(0, self.authorized - gone - self.capture_pending - self.void_pending)

    @property
    def refundable(self) -> int:
        """What can still be refunded, leaving out what is on its way to be and what has moved on to an exchange."""
        return self.captured - self.refunded - self.charged_back - self.exchanged - self.refund_pending


@dataclass(slots=True)
class Attempt:
    """An attempt, with what the gateway must be told."""

    id: int
    order_id: int
    payment_id: int
    shipment_id: int | None
    dispatch_id: int | None
    key: str
    kind: str
    amount: int
    status: str
    sends: int
    created_at: datetime
    reason: str | None
    lines: list[dict[str, Any]] | None
    beside_id: int | None
    currency: str
    token: str | None
    adopts: str | None
    reference: str | None
    order_number: str
    is_wanted: bool
    """Whether its order is in work, or owes for goods that have left: what nobody wants any more is not waited for."""


_PAYMENTS = text("""
SELECT id, order_id, position, method, token, amount, currency, reference, declined,
       authorized, captured, voided, expired, refunded, charged_back, exchanged, capture_pending, void_pending, refund_pending, expires_at,
       renews_payment_id, created_at
  FROM payment WHERE order_id = ANY (CAST(:ids AS bigint[])) ORDER BY order_id, position
""")
_ORDER_OF = text("SELECT order_id FROM payment WHERE id = :id")
_ATTEMPT = """
SELECT a.id, a.order_id, a.payment_id, a.shipment_id, a.dispatch_id, a.key, a.kind, a.amount, a.status, a.sends,
       a.created_at, a.reason, a.lines, a.beside_id, p.currency, p.token, p.adopts, p.reference, o.number,
       o.status IN ('in_progress', 'partially_shipped')
       OR o.status = 'completed' AND o.captured + o.manual - o.given_back < o.total - o.canceled_amount - o.written_off
  FROM payment_attempt a JOIN payment p ON p.id = a.payment_id JOIN purchase_order o ON o.id = a.order_id
"""
_OPEN_ATTEMPTS = text(
    _ATTEMPT
    + " WHERE a.dispatch_id = ANY (CAST(:ids AS bigint[])) AND a.status IN ('new', 'sending', 'unknown') ORDER BY a.id"
)
_ATTEMPTS = text(_ATTEMPT + " WHERE a.id = ANY (CAST(:ids AS bigint[])) ORDER BY a.id")
_CAPTURED_FOR = text("""
SELECT shipment_id, sum(amount) AS amount FROM payment_attempt
 WHERE order_id = ANY (CAST(:ids AS bigint[])) AND kind = 'capture' AND shipment_id IS NOT NULL AND status <> 'failed'
 GROUP BY shipment_id
""")


_REFUSED_CAPTURES = text("""
SELECT payment_id FROM payment_attempt WHERE order_id = :id AND kind = 'capture' AND status = 'failed'
""")


def order_of_payment(session: Session, payment_id: int) -> int:
    """Give the order a payment belongs to. Raises NotFound."""
    order_id: int | None = session.scalar(_ORDER_OF, {"id": payment_id})
    if order_id is None:
        raise NotFound(f"no payment {payment_id}")
    return order_id


def payments_of(session: Session, order_ids: Iterable[int]) -> dict[int, list[PaymentUnderLock]]:
    """Give the payments of locked orders, by order, in the order in which they were added."""
    found: dict[int, list[PaymentUnderLock]] = defaultdict(list)
    for row in session.execute(_PAYMENTS, {"ids": sorted(set(order_ids))}).all():
        found[row.order_id].append(PaymentUnderLock(*row))
    return found


def open_attempts(session: Session, dispatch_ids: Iterable[int]) -> list[Attempt]:
    """Give the attempts made under these dispatch rows whose outcome is not known."""
    return [Attempt(*row) for row in session.execute(_OPEN_ATTEMPTS, {"ids": sorted(set(dispatch_ids))}).all()]


def attempts(session: Session, attempt_ids: Iterable[int]) -> dict[int, Attempt]:
    """Give attempts by id."""
    return {row.id: Attempt(*row) for row in session.execute(_ATTEMPTS, {"ids": sorted(set(attempt_ids))}).all()}


def captured_for_shipments(session: Session, order_ids: Iterable[int]) -> dict[int, int]:
    """Give what was captured, or is on its way to be, for each shipment."""
    rows = session.execute(_CAPTURED_FOR, {"ids": sorted(set(order_ids))}).all()
    return {row.shipment_id: int(row.amount) for row in rows}


def refusing_captures(session: Session, order_id: int) -> set[int]:
    """Give the payments of an order of which a capture was refused."""
    return set(session.execute(_REFUSED_CAPTURES, {"id": order_id}).scalars())
