"""What is kept, set aside or not taken yet though nothing speaks for it any more. Pure; amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Blocker, Call, Who
from fulfillment.explanations.facts import Facts
from fulfillment.kernel.money import printed
from fulfillment.payments.guards import (
    most_to_capture,
    nothing_left_to_capture,
    refusal_to_capture,
    refusal_to_refund,
    refusal_to_void,
)
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.payments.states import AttemptStatus


def left_over(facts: Facts) -> Iterator[Blocker]:
    """Name what is kept beyond what the order costs; and once it is closed, what is still set aside or not taken yet."""
    kept = facts.order.counted - facts.order.due - _to_pay_out(facts)
    if kept > 0:
        yield _refund_open(facts, kept)
    if facts.order.is_open:
        return
    for payment in facts.payments:
        if (call := capture_of_what_left(facts, payment)) is not None:
            yield _open(facts, payment, "capture_due", "goods have left that are not captured yet", call)
        elif refusal_to_void(facts.order, payment, facts.shipments) is None:
            yield _open(facts, payment, "authorization_open", "is still authorized", calls.void(payment))


def _to_pay_out(facts: Facts) -> int:
    """Give what is a person's task to pay out: that tells of itself."""
    return sum(attempt.amount for attempt in facts.attempts if attempt.status == AttemptStatus.BY_HAND)


def _refund_open(facts: Facts, kept: int) -> Blocker:
    order = facts.order
    under_way = sum(payment.refund_pending for payment in facts.payments) - _to_pay_out(facts)
    dead = next((step for step in facts.steps if step.dead and step.step.startswith("payments.")), None)
    refundable = next((each for each in reversed(facts.payments) if refusal_to_refund(order, [each]) is None), None)
    call = calls.replay(dead) if dead is not None else None
    if call is None and refundable is not None and kept > under_way:
        amount = calls.money(min(kept - under_way, refundable.refundable), order)
        call = calls.refund(refundable, {"amount": amount, "reason": "more than the order costs"})
    return Blocker(
        "refund_open",
        "order",
        order.id,
        last_money_move(facts),
        f"{printed(kept, order.currency)} of order {order.number} is to be paid back",
        {"open": calls.money(kept, order), "under_way": calls.money(under_way, order)},
        call.who if call is not None else (Who.SYSTEM,),
        call,
    )


def _open(facts: Facts, payment: PaymentUnderLock, code: str, what: str, call: Call) -> Blocker:
    evidence = {"payment_id": payment.id, "open": calls.money(payment.open, facts.order)}
    reason = f"payment {payment.id}: {printed(payment.open, facts.order.currency)}, {what}"
    return Blocker(code, "payment", payment.id, last_money_move(facts), reason, evidence, call.who, call)


def capture_of_what_left(facts: Facts, payment: PaymentUnderLock) -> Call | None:
    """Give the call that takes what goods that have left cost; before they leave nothing needs to be taken (PY4)."""
    due = nothing_left_to_capture(facts.order, facts.shipments, payment.id) is not None
    if not due or refusal_to_capture(facts.order, [payment], facts.payments) is not None:
        return None
    most = most_to_capture(facts.order, [payment], facts.payments)
    return calls.capture(payment, {"amount": calls.money(most, facts.order)})


def last_money_move(facts: Facts) -> Any:
    """Give when money of the order last moved; before that, when it was placed."""
    moved = [each.decided_at for each in facts.attempts if each.status == AttemptStatus.SUCCEEDED and each.decided_at]
    return max([facts.order.placed_at, *moved])
