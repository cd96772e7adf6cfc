"""What the returns of an order wait for, and what may be asked of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Action, Blocker, Call, Who
from fulfillment.explanations.facts import Facts, OpenReturn
from fulfillment.kernel.job import Refusal
from fulfillment.orders.states import ShipmentStatus
from fulfillment.returns.complete import refusal_to_complete
from fulfillment.returns.give_up import refusal_to_cancel_return
from fulfillment.returns.guards import refusal_to_return
from fulfillment.returns.states import Settlement


def return_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name what each return waits for: its goods, somebody to say what becomes of them, or its completion."""
    for each in facts.returns:
        coming, undecided = sum(line.coming for line in each.lines), sum(line.undecided for line in each.lines)
        if undecided:
            call = calls.decide_pieces(each)
            reason = f"return {each.subject.number}: nobody has said what becomes of {undecided} pieces"
            yield _blocker(each, "awaits_decision", reason, call.who, call, undecided=undecided)
        if coming:
            reason = f"return {each.subject.number}: {coming} pieces are to come back until {each.subject.expires_at:%Y-%m-%d}"
            yield _blocker(each, "awaits_goods_back", reason, (Who.CUSTOMER,), None, coming=coming)
        if not coming and not undecided and each.subject.settles_by == Settlement.REFUND:
            call = calls.complete_return(each.subject)
            reason = f"return {each.subject.number} waits for its completion"
            yield _blocker(each, "awaits_return_completion", reason, call.who, call)


def return_actions(facts: Facts) -> Iterator[Action]:
    """Give what may be asked of returns; once something was shipped, also that pieces come back."""
    order = facts.order
    if any(shipment.status == ShipmentStatus.SHIPPED for shipment in facts.shipments):
        yield Action("return", "order", order.id, calls.authorize_return(facts), _refusal_to_return(facts))
    for each in facts.returns:
        subject, lines = each.subject, each.lines
        complete = refusal_to_complete(subject, lines)
        yield Action("complete_return", "return", subject.id, calls.complete_return(subject), complete)
        cancel = refusal_to_cancel_return(subject, lines)
        yield Action("cancel_return", "return", subject.id, calls.cancel_return(subject), cancel)


def _refusal_to_return(facts: Facts) -> Refusal | None:
    """Give why nothing of an order can come back: the reason of the line that comes nearest to it."""
    found = (
        [refusal_to_return(line, facts.return_policy, at=facts.at) for line in facts.sold]
        if facts.return_policy
        else []
    )
    if not found or None in found:
        return None
    refused = [each for each in found if each is not None]
    return max(refused, key=lambda each: _NEARNESS.index(each.guard))


_NEARNESS = ("nothing_to_send_back", "not_shipped", "over_return", "return_window")


def _blocker(
    each: OpenReturn, code: str, reason: str, who: tuple[Who, ...], call: Call | None, **evidence: object
) -> Blocker:
    told = {"return": each.subject.number, "return_id": each.subject.id, **evidence}
    return Blocker(code, "return", each.subject.id, each.since, reason, told, who, call)
