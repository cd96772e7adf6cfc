"""What keeps the money of an order from where it should be. Pure; amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Blocker, Call, Who
from fulfillment.explanations.facts import AttemptMade, Facts, PromisedStep
from fulfillment.explanations.left_over import capture_of_what_left, last_money_move, left_over
from fulfillment.kernel.money import printed
from fulfillment.labels.settle import NOBODY_KNOWS
from fulfillment.orders.states import PaymentStatus
from fulfillment.payments.attempts.models import AttemptKind
from fulfillment.payments.expiry.renew import renewal_of
from fulfillment.payments.gateway.port import REQUIRES_ACTION
from fulfillment.payments.guards import (
    most_to_capture,
    not_promised,
    refusal_to_add_payment,
    refusal_to_refund,
    refusal_to_void,
)
from fulfillment.payments.models import Method
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.payments.states import AttemptStatus

# A new one was not sent yet: its step tells of it.
_UNANSWERED = (AttemptStatus.SENDING, AttemptStatus.UNKNOWN)


def money_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name what is not paid, what the gateway has not answered or refused, and what should have gone back."""
    if facts.order.is_open:
        yield from _ending(facts)
        if not facts.order.covered:
            yield from _uncovered(facts)
    else:
        yield from _awaited(facts, [payment for payment in facts.payments if payment.renews_payment_id is not None])
    yield from _unanswered(facts)
    yield from _refused(facts)
    yield from left_over(facts)


def _uncovered(facts: Facts) -> Iterator[Blocker]:
    """Name what is missing (OL6, SH1): beyond what payments without an answer will bring, and each of those."""
    order = facts.order
    yield from _awaited(facts, facts.payments)
    missing = not_promised(order, facts.payments)
    if missing <= 0:
        return
    declined = _declined(facts)
    never_covered = order.covered_at is None
    code = "declined" if declined and never_covered else "balance_due"
    call = calls.pay_by_hand(order)
    yield Blocker(
        code,
        "order",
        order.id,
        declined[-1].decided_at if code == "declined" else last_money_move(facts),
        f"order {order.number} lacks {printed(missing, order.currency)} of payment",
        {"missing": calls.money(missing, order), "declined": [_said(attempt) for attempt in declined]},
        (Who.CUSTOMER, *call.who),
        call,
    )


def _ending(facts: Facts) -> Iterator[Blocker]:
    """Name authorizations that nothing takes the place of when they end: another payment is needed before."""
    for payment in facts.payments:
        renewal = renewal_of(payment, facts.payments)
        if payment.open and payment.expires_at is not None and renewal is not None and renewal.declined is not None:
            call = calls.pay_by_hand(facts.order)
            amount = calls.money(payment.open, facts.order)
            yield Blocker(
                "authorization_ends",
                "payment",
                payment.id,
                renewal.created_at,
                f"{printed(payment.open, facts.order.currency)} of payment {payment.id} can be captured until"
                f" {payment.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, and its renewal was declined",
                {
                    "payment_id": payment.id,
                    "open": amount,
                    "expires_at": payment.expires_at,
                    "declined": renewal.declined,
                },
                (Who.CUSTOMER, *call.who),
                call,
            )


def _awaited(facts: Facts, payments: Sequence[PaymentUnderLock]) -> Iterator[Blocker]:
    """Name the cards that are about to be authorized."""
    order = facts.order
    named = {attempt.payment_id for attempt in facts.attempts if attempt.status in _UNANSWERED}
    named |= {step.subject_id for step in facts.steps if step.dead and step.step == "payments.authorize"}
    for payment in payments:
        if payment.is_undecided and payment.id not in named:
            yield Blocker(
                "awaiting_authorization",
                "payment",
                payment.id,
                order.placed_at,
                f"payment {payment.id} is not authorized yet",
                {"payment_id": payment.id, "amount": calls.money(payment.amount, order)},
                (Who.SYSTEM,),
            )


def _declined(facts: Facts) -> list[AttemptMade]:
    declined = {payment.id for payment in facts.payments if payment.declined is not None}
    if facts.order.payment_status == PaymentStatus.DECLINED or declined:
        return [
            attempt
            for attempt in facts.attempts
            if attempt.payment_id in declined and attempt.kind == AttemptKind.AUTHORIZE
        ]
    return []


def _unanswered(facts: Facts) -> Iterator[Blocker]:
    """Name attempts of which nobody knows the outcome: they are asked about until it is known."""
    for attempt in facts.attempts:
        if attempt.status in _UNANSWERED and attempt.code == REQUIRES_ACTION:
            yield _awaiting_customer(facts, attempt)
        elif attempt.status in _UNANSWERED:
            step = facts.step_of(attempt)
            dead = step is not None and step.dead
            authorizes = attempt.kind == AttemptKind.AUTHORIZE
            call = calls.settle_by_hand(attempt) if dead else None
            yield Blocker(
                "awaiting_authorization" if authorizes else f"{attempt.kind}_unknown",
                "payment",
                attempt.payment_id,
                attempt.created_at,
                f"the gateway's answer to the {attempt.kind} of {printed(attempt.amount, facts.order.currency)} is not known",
                {**_evidence(facts, attempt), **_asked_again(step)},
                call.who if call is not None else (Who.SYSTEM,),
                call,
                stands=dead,
            )


def _awaiting_customer(facts: Facts, attempt: AttemptMade) -> Blocker:
    """The customer confirms the card with their bank; in time, or the order is canceled as any that is not paid."""
    return Blocker(
        "awaiting_customer",
        "payment",
        attempt.payment_id,
        attempt.created_at,
        f"the customer has to confirm the payment of {printed(attempt.amount, facts.order.currency)} with their bank",
        _evidence(facts, attempt),
        (Who.CUSTOMER,),
    )


def _refused(facts: Facts) -> Iterator[Blocker]:
    """Name what the gateway refused last, where it is still to be done."""
    last = {(attempt.payment_id, attempt.kind): attempt for attempt in facts.attempts}
    payments = {payment.id: payment for payment in facts.payments}
    for attempt in last.values():
        asked_of_gateway = attempt.kind != AttemptKind.AUTHORIZE and payments[attempt.payment_id].method == Method.CARD
        if attempt.status == AttemptStatus.FAILED and asked_of_gateway:
            step = facts.step_of(attempt)
            dead = step is not None and step.dead
            call = (
                mends(facts, step)
                if step is not None and dead
                else _again(facts, payments[attempt.payment_id], attempt)
            )
            if call is not None:
                yield Blocker(
                    f"{attempt.kind}_failed",
                    "payment",
                    attempt.payment_id,
                    attempt.decided_at,
                    f"the gateway refused the {attempt.kind} of {printed(attempt.amount, facts.order.currency)}",
                    {**_evidence(facts, attempt), **_asked_again(step)},
                    call.who,
                    call,
                    stands=dead,
                )


def mends(facts: Facts, step: PromisedStep) -> Call:
    """Give the call that helps a step which failed for good: other money, where nothing is left to take, or another try."""
    cards = [payment for payment in facts.payments if payment.method == Method.CARD]
    if step.step == "payments.capture" and most_to_capture(facts.order, cards, facts.payments) <= 0:
        pay = calls.pay_by_hand(facts.order)
        if refusal_to_add_payment(facts.order, facts.payments, by_hand=True) is None:
            return pay
    if step.step.startswith("labels.") and NOBODY_KNOWS in (step.error or ""):
        return calls.settle_label(step)
    return calls.replay(step)


def _again(facts: Facts, payment: PaymentUnderLock, attempt: AttemptMade) -> Call | None:
    """Give the call that asks for the same once more, or None where nothing of it is left to do."""
    order = facts.order
    if attempt.kind == AttemptKind.VOID:
        return calls.void(payment) if refusal_to_void(order, payment, facts.shipments) is None else None
    if attempt.kind == AttemptKind.REFUND:
        amount = min(attempt.amount, payment.refundable)
        body = {"amount": calls.money(amount, order), "reason": attempt.reason or "again", "lines": attempt.lines or []}
        return calls.refund(payment, body) if refusal_to_refund(order, [payment], amount) is None else None
    return capture_of_what_left(facts, payment)


def _evidence(facts: Facts, attempt: AttemptMade) -> dict[str, Any]:
    amount = calls.money(attempt.amount, facts.order)
    return {**_said(attempt), "amount": amount, "shipment_id": attempt.shipment_id}


def _said(attempt: AttemptMade) -> dict[str, Any]:
    return {
        "attempt_id": attempt.id,
        "payment_id": attempt.payment_id,
        "code": attempt.code,
        "message": attempt.message,
    }


def _asked_again(step: PromisedStep | None) -> dict[str, Any]:
    if step is None:
        return {}
    if step.dead:
        return {"dead_letter_id": step.id, "step": step.step, "error": step.error}
    return {"step": step.step, "due_at": step.due_at, "failures": step.failures}
