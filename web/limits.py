"""Limits of a key: how much money of one order it may move in a day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Denied
from fulfillment.kernel.money import printed
from fulfillment.payments.attempts.limit import COUNTED, asked_lately
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.attempts.request import Requested
from web.access import CSR
from web.call import Call
from web.schemas.base import money


def refuse_beyond_limit(
    session: Session, call: Call, order_id: int, kind: AttemptKind, requested: Requested, currency: str
) -> None:
    """
    Undo, by raising Denied, what is more than this key may move of an order in 24 hours.

    Only now is the amount known in every case. What it asked for before counts, unless that was refused.
    """
    if (limit := _limit(call)) is not None:
        asked = asked_lately(session, order_id, kind, actor=call.key.actor, at=call.at)
        _refuse(limit, asked, asked - requested.amount, currency)


def refuse_exchange_beyond_limit(session: Session, call: Call, order_id: int, to_pay_back: int, currency: str) -> None:
    """
    Undo, by raising Denied, an exchange that pays back more (minor units) than this key may refund of an order in 24 hours.

    It pays back by itself once the goods were accepted: it is held against the limit of whoever begins it.
    """
    if to_pay_back and (limit := _limit(call)) is not None:
        before = asked_lately(session, order_id, AttemptKind.REFUND, actor=call.key.actor, at=call.at)
        _refuse(limit, before + to_pay_back, before, currency)


def _limit(call: Call) -> int | None:
    return call.key.refund_limit if call.key.role == CSR else None


def _refuse(limit: int, asked: int, before: int, currency: str) -> None:
    if asked > limit:
        raise Denied(
            f"{printed(asked, currency)} of one order in {COUNTED // timedelta(hours=1)} hours is more than this key may move"
            f" ({printed(limit, currency)})",
            code="beyond_limit",
            guard="refund_limit",
            remedy="ask somebody with a higher limit",
            members={"limit": money(limit, currency), "asked_before": money(before, currency)},
        )
