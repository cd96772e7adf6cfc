"""What of the money of an order only a person can do, or settle with a bank or the gateway. Pure; amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Blocker
from fulfillment.explanations.facts import Facts
from fulfillment.kernel.money import printed
from fulfillment.payments.states import AttemptStatus
from fulfillment.payments.sync.differences import left_to_a_person


def dispute_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name what is to be paid out by hand, what banks took back, and what the gateway's books say otherwise than ours."""
    yield from _to_pay_out(facts)
    yield from _charged_back(facts)
    yield from _differing(facts)


def _to_pay_out(facts: Facts) -> Iterator[Blocker]:
    """Name refunds of money that was received by hand: somebody is to pay them out, and to say so (PY7, OL11)."""
    for attempt in facts.attempts:
        if attempt.status == AttemptStatus.BY_HAND:
            call = calls.confirm_pay_out(attempt)
            yield Blocker(
                "payout_due",
                "payment",
                attempt.payment_id,
                attempt.created_at,
                f"{printed(attempt.amount, facts.order.currency)} of payment {attempt.payment_id} are to be paid out by hand",
                {
                    "attempt_id": attempt.id,
                    "payment_id": attempt.payment_id,
                    "amount": calls.money(attempt.amount, facts.order),
                    "reason": attempt.reason,
                },
                call.who,
                call,
                stands=True,
            )


def _charged_back(facts: Facts) -> Iterator[Blocker]:
    """Name what banks took back, while it may still be won."""
    for each in facts.chargebacks:
        call = calls.end_chargeback(each)
        amount = printed(each["amount"], facts.order.currency)
        yield Blocker(
            "charged_back",
            "payment",
            each["payment_id"],
            each["opened_at"],
            f"the customer's bank took back {amount} of payment {each['payment_id']}: {each['reason']}",
            {
                "chargeback_id": each["id"],
                "amount": calls.money(each["amount"], facts.order),
                "reference": each["reference"],
            },
            call.who,
            call,
            stands=True,
        )


def _differing(facts: Facts) -> Iterator[Blocker]:
    """Name what the gateway's books say otherwise; who has put it right there syncs again (PY3)."""
    for each in facts.differences:
        difference = left_to_a_person(each)
        evidence = {name: each[name] for name in ("payment_id", "kind", "what", "reference", "attempt_id")}
        evidence |= {"amount": calls.money(each["amount"], facts.order), "remedy": difference.remedy}
        call = calls.sync(facts.order)
        yield Blocker(
            difference.guard,
            "payment",
            each["payment_id"],
            each["found_at"],
            difference.reason,
            evidence,
            call.who,
            call,
            stands=True,
        )
