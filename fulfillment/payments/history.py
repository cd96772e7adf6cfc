"""
What happened to a payment: its ledger, its chargebacks, and what syncs with the gateway found (PY2).

Reads only; amounts are minor units. The attempts come with the payment itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_LEDGER = text("""
SELECT id, attempt_id, kind, debit, credit, amount, at FROM money_transfer
 WHERE order_id = :order_id AND payment_id = :payment_id ORDER BY id
""")
_CHARGEBACKS = text("""
SELECT c.id, c.payment_id, o.number AS "order", c.status, c.amount, c.currency, c.reason, c.reference, c.note, c.hold_id,
       c.opened_at, c.opened_by, c.ended_at
  FROM chargeback c JOIN purchase_order o ON o.id = c.order_id
 WHERE c.order_id = :order_id AND c.payment_id = :payment_id ORDER BY c.id
""")
_DIFFERENCES = text("""
SELECT kind, what, reference, attempt_id, amount, found_at FROM payment_difference
 WHERE order_id = :order_id AND payment_id = :payment_id ORDER BY id
""")
_SYNCS = text("""
SELECT id, at, actor, cause_kind, detail FROM timeline
 WHERE order_id = :order_id AND verb = 'sync_payments' ORDER BY id
""")


class PaymentState(StrEnum):
    """What the money of one payment amounts to. Derived, never moved."""

    PENDING = "pending"
    DECLINED = "declined"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    EXCHANGED = "exchanged"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PaymentPast:
    """What happened to one payment beside its attempts, each oldest first."""

    ledger: Sequence[RowMapping]
    chargebacks: Sequence[RowMapping]
    differences: Sequence[Mapping[str, Any]]
    """What is otherwise at the gateway now."""
    syncs: Sequence[Mapping[str, Any]]


def past_of_payment(session: Session, order_id: int, payment_id: int) -> PaymentPast:
    """Give what happened to a payment."""
    parameters = {"order_id": order_id, "payment_id": payment_id}
    syncs = session.execute(_SYNCS, {"order_id": order_id}).mappings().all()
    return PaymentPast(
        session.execute(_LEDGER, parameters).mappings().all(),
        session.execute(_CHARGEBACKS, parameters).mappings().all(),
        [dict(row) for row in session.execute(_DIFFERENCES, parameters).mappings()],
        [found for each in syncs if (found := _of_payment(each, payment_id))["applied"] or found["left"]],
    )


def state_of(payment: RowMapping) -> PaymentState:
    """Say where a payment stands: by what became last of most of its money."""
    if payment["declined"] is not None:
        return PaymentState.DECLINED
    if payment["method"] == "card" and not payment["authorized"]:
        return PaymentState.PENDING
    kept, is_open = kept_of(payment), open_of(payment) > 0
    if payment["charged_back"]:
        return PaymentState.CHARGED_BACK
    if payment["refunded"]:
        return PaymentState.PARTIALLY_REFUNDED if kept else PaymentState.REFUNDED
    if payment["exchanged"] and not kept:
        return PaymentState.EXCHANGED
    return _of_unreturned(payment, is_open=is_open)


def _of_unreturned(payment: RowMapping, *, is_open: bool) -> PaymentState:
    if payment["captured"]:
        return PaymentState.PARTIALLY_CAPTURED if is_open else PaymentState.CAPTURED
    if is_open:
        return PaymentState.AUTHORIZED
    return PaymentState.EXPIRED if payment["expired"] else PaymentState.VOIDED


def open_of(payment: RowMapping) -> int:
    """Give what is authorized of a payment and neither captured, voided nor expired."""
    gone = int(payment["captured"] + payment["voided"] + payment["expired"])
    return int(payment["authorized"]) - gone if payment["method"] == "card" else 0


def kept_of(payment: RowMapping) -> int:
    """Give what is left of a payment after refunds, chargebacks and exchanges."""
    return int(payment["captured"] - payment["refunded"] - payment["charged_back"] - payment["exchanged"])


def _of_payment(entry: RowMapping, payment_id: int) -> dict[str, Any]:
    """Leave out of a sync of an order what it found of its other payments."""
    detail = entry["detail"] or {}
    found = {
        name: [each for each in detail.get(name, ()) if each["payment_id"] == payment_id]
        for name in ("applied", "left")
    }
    return {"at": entry["at"], "actor": entry["actor"], "cause": entry["cause_kind"], **found}
