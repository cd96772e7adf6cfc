"""Differences that no sync may take over, and what a person is to do about each. (PY3)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fulfillment.kernel.job import Refusal
from fulfillment.kernel.money import printed
from fulfillment.payments.sync.compare import DifferenceKind

_MOVED_ON: Final = "Where its money pays for the order of an exchange, refund all of the credit there: once the gateway has refused that, sync again"
_REMEDIES: Final = {
    DifferenceKind.OUTCOME_KNOWN: "sync again",
    DifferenceKind.DONE_ELSEWHERE: "it does not fit what is open or kept here: wait for what is on its way and sync again, or undo it there."
    f" {_MOVED_ON}",
    DifferenceKind.EXPIRED: "it is not what is open here: wait for what is on its way and sync again",
    DifferenceKind.CHARGED_BACK: "it is more than is kept of the payment: sync again when what is on its way is decided."
    f" {_MOVED_ON}",
    DifferenceKind.CHARGEBACK_REVERSED: "enter the chargeback that it ends, and sync again",
    DifferenceKind.AUTHORIZED_ELSEWHERE: "void there what the order does not need",
    DifferenceKind.IN_DOUBT: "wait until the attempt is decided, and sync again",
    DifferenceKind.AMOUNTS_DIFFER: "ask the gateway's support which of both is right",
    DifferenceKind.UNKNOWN_TO_GATEWAY: "ask the gateway's support: our books have its reference",
}


def left_to_a_person(difference: Mapping[str, Any]) -> Refusal:
    """Say what is otherwise at the gateway, and what to do about it."""
    kind = DifferenceKind(difference["kind"])
    amount = printed(difference["amount"], difference["currency"])
    return Refusal(
        difference["payment_id"],
        guard="payments_differ",
        reason=f"payment {difference['payment_id']}: {difference['what']} of {amount}, {difference['reference']}:"
        f" {kind.replace('_', ' ')}",
        remedy=_REMEDIES[kind],
    )
