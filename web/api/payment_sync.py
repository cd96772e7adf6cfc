"""Sync Payments: what happened at the gateway, shown and taken over (PY3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Transient
from fulfillment.orders.read import find_order
from fulfillment.payments.gateway.port import Answer
from fulfillment.payments.sync.ask import Told, is_unclear
from fulfillment.payments.sync.differences import left_to_a_person
from fulfillment.payments.sync.sync import Synced, shown_difference, sync
from fulfillment.workflow.sync import ask_about
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import moment, money
from web.schemas.payment_sync import SyncIn, SyncOut

noun = Noun("payment_sync", "What happened to the money of an order at the gateway.")


def _ask(call: Call, number: str) -> Told:
    """Ask the gateway about all payments of an order. Raises Transient where it cannot be asked about any."""
    with call.services.autocommit() as session:
        order_id = find_order(session, number)["id"]
    told = ask_about(call.services, [order_id])
    unclear = [each for each in told.answers.values() if is_unclear(each)]
    if unclear and len(unclear) == len(told.answers):
        raise Transient(
            f"the gateway could not be asked: {unclear[0].message or unclear[0].code}",
            code="gateway_unreachable",
            remedy="sync again in a moment; nothing was changed",
        )
    return told


@noun.commands(
    "/v1/orders/<name:number>/payments/sync", roles=(CSR, ADMIN), body=SyncIn, answer=SyncOut, beforehand=_ask
)
@previewed
def sync_payments(session: Session, call: Call, body: SyncIn, number: str, told: Told) -> Reply:  # noqa: ARG001 - says nothing
    """
    Compare the payments of an order with the gateway's books, and take over what has happened there.

    Outcomes that were not known, and captures, voids and refunds made elsewhere, come into our books; whatever cannot be taken
    over safely is answered as a difference that is not applied, with what to do about it. Nothing is sent to the gateway.
    """
    order_id = find_order(session, number)["id"]
    found = sync(session, [order_id], told, causes={order_id: call.cause}, at=call.at, by_person=True)
    return Reply(
        {
            "order": number,
            "asked_at": moment(told.asked_at),
            "payments": [_payment(told, payment.id) for payment in told.payments],
            "differences": [_difference(each) for each in found.get(order_id, [])],
        }
    )


def _payment(told: Told, payment_id: int) -> dict[str, Any]:
    answer = told.answers[payment_id]
    code = answer.code if isinstance(answer, Answer) else None
    return {"payment_id": payment_id, "compared": not is_unclear(answer), "code": code}


def _difference(synced: Synced) -> dict[str, Any]:
    shown = shown_difference(synced.difference)
    amount = money(shown.pop("amount"), shown.pop("currency"))
    remedy = None if synced.applied else left_to_a_person(shown_difference(synced.difference)).remedy
    return {**shown, "amount": amount, "applied": synced.applied, "remedy": remedy}
