"""What a bank or the gateway says otherwise of the money of an order. Pure; amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Blocker
from fulfillment.explanations.facts import Facts
from fulfillment.kernel.money import printed
from fulfillment.payments.differences import left_to_a_person


def dispute_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name what banks took back, and what the gateway's books say otherwise than ours."""
    yield from _charged_back(facts)
    yield from _differing(facts)


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
