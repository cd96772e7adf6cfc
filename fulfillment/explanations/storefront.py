"""What a storefront is told: what its customer can do, and no more of the rest than that somebody is at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from fulfillment.access.models import Role
from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Action, Blocker, Call, Explanation, Who
from fulfillment.orders.queries import OrderUnderLock

_OWN: Final = ("declined", "balance_due")
# What is told by name, without its figures; anything else is the merchant's affair.
_NAMED: Final = (
    "awaiting_authorization",
    "awaiting_customer",
    "awaiting_inventory",
    "awaiting_return",
    "awaits_goods_back",
    "on_hold",
)
_TOLD: Final = {
    "awaiting_authorization": "the payment is not authorized yet",
    "awaiting_customer": "the customer has to confirm the payment: its action says how",
    "awaiting_inventory": "it waits for stock",
    "awaits_goods_back": "goods are to come back",
    "awaiting_return": "it waits for the goods that are to come back for it",
    "on_hold": "it is on hold",
    "with_the_merchant": "the merchant has something to do",
}


def for_storefront(explanation: Explanation, order: OrderUnderLock) -> Explanation:
    """Leave out holds, errors of ours, the queue for stock, and every call that a storefront's key may not make."""
    return replace(
        explanation,
        blockers=list(_reduced(explanation, order)),
        next=None if explanation.next is None else replace(explanation.next, step="in_progress", subject_id=order.id),
        actions=[_reduced_action(each) for each in explanation.actions],
    )


def _reduced(explanation: Explanation, order: OrderUnderLock) -> Iterator[Blocker]:
    told: set[str] = set()
    for each in explanation.blockers:
        if each.code in _OWN:
            call = calls.pay_by_card(order)
            yield replace(each, evidence=_without_ids(each.evidence), who=(Who.CUSTOMER,), call=call)
            continue
        code = each.code if each.code in _NAMED else "with_the_merchant"
        if code not in told:
            told.add(code)
            who = each.who if each.who in ((Who.SYSTEM,), (Who.CUSTOMER,)) else (Who.CSR,)
            yield Blocker(code, "order", order.id, each.since, _TOLD[code], {}, who)


def _without_ids(evidence: Any) -> dict[str, Any]:
    declined = [{"code": each["code"], "message": each["message"]} for each in evidence["declined"]]
    return {"missing": evidence["missing"], "declined": declined}


def _reduced_action(action: Action) -> Action:
    remedy = action.remedy if action.remedy is not None and _is_theirs(action.remedy) else None
    refused = action.refused
    if refused is not None and refused.guard == "on_hold":
        refused = replace(refused, reason=_TOLD["on_hold"], remedy="ask customer service")
    return replace(action, refused=refused, remedy=remedy)


def _is_theirs(call: Call) -> bool:
    return Role.STOREFRONT in call.roles
