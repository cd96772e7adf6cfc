"""Ask a gateway for everything that happened to the payments of orders; no transaction may be open meanwhile. (PY3)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.payments.gateway.port import Answer, Gateway, History, Result

_ASKED_ABOUT = text("""
SELECT id, order_id, reference FROM payment
 WHERE order_id = ANY (CAST(:orders AS bigint[])) AND method = 'card' AND reference IS NOT NULL ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Referred:
    """A payment that the gateway knows by a reference."""

    id: int
    order_id: int
    reference: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway said of payments, when it was asked at `asked_at`."""

    asked_at: datetime
    payments: Sequence[Referred]
    answers: Mapping[int, History | Answer]

    def unclear(self, order_id: int) -> Answer | None:
        """Give the answer of a gateway that could not be asked about a payment of this order; None where it could."""
        answers = [self.answers[payment.id] for payment in self.payments if payment.order_id == order_id]
        return next((each for each in answers if is_unclear(each)), None)


def is_unclear(answer: History | Answer) -> TypeGuard[Answer]:
    """Tell whether the gateway could not be asked."""
    return isinstance(answer, Answer) and answer.result == Result.UNKNOWN


def referred(session: Session, order_ids: Iterable[int]) -> list[Referred]:
    """Give the payments of orders that the gateway can be asked about."""
    return [Referred(*row) for row in session.execute(_ASKED_ABOUT, {"orders": sorted(set(order_ids))}).all()]


def ask(gateway: Gateway, payments: Sequence[Referred], *, at: datetime) -> Told:
    """Ask for the histories of payments."""
    answers = gateway.history([payment.reference for payment in payments]) if payments else []
    return Told(at, payments, {each.id: answer for each, answer in zip(payments, answers, strict=True)})
