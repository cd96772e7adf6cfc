"""The calls that help, each with an example of a body that works as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fulfillment.access.models import Role
from fulfillment.explanations.explanation import Call
from fulfillment.explanations.facts import AttemptMade, Facts, OpenHold, OpenReturn, PromisedStep
from fulfillment.orders.queries import Line, OrderUnderLock, ShipmentUnderLock
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.returns.queries import ReturnUnderLock
from fulfillment.shipments.labeled import ParcelLabel
from fulfillment.shipments.shortage import Shortage

_STOREFRONT, _CSR, _WAREHOUSE, _ADMIN = Role.STOREFRONT, Role.CSR, Role.WAREHOUSE, Role.ADMIN
_OFFICE: Final = (_CSR, _ADMIN)
_FLOOR: Final = (_WAREHOUSE, _ADMIN)
_EXAMPLE_TOKEN: Final = "tok_of_your_gateway"  # noqa: S105 - a place-holder that the simulated gateway takes


def money(amount: int, order: OrderUnderLock) -> dict[str, Any]:
    """Write an amount in minor units of the order's currency."""
    return {"amount": amount, "currency": order.currency}


def cancel(order: OrderUnderLock) -> Call:
    """Cancel an order, or its rest. Whether the customer is told must be said."""
    body = {"reason": "the customer changed their mind", "notify_customer": True}
    return _of_order(order, "cancellation", body, (*_OFFICE, _STOREFRONT))


def hold(order: OrderUnderLock) -> Call:
    """Put an order on hold."""
    return _of_order(order, "holds", {"reason": "verify order"}, _OFFICE)


def edit(order: OrderUnderLock) -> Call:
    """Change an order in progress: any of its parts."""
    return _by_version("PATCH", order, "", {"reference": "as the customer wrote it"})


def delete(order: OrderUnderLock) -> Call:
    """Delete what never held money."""
    return _by_version("DELETE", order, "?reason=entered%20twice", None)


def archive(order: OrderUnderLock) -> Call:
    """Put a closed order away."""
    return _of_order(order, "archive", {}, _OFFICE)


def release_hold(order: OrderUnderLock, hold: OpenHold) -> Call:
    """End one hold."""
    return _of_order(order, f"holds/{hold.id}/release", {}, _OFFICE)


def authorize_return(facts: Facts) -> Call:
    """Let pieces come back: a first one of those that may."""
    line = next((each for each in facts.sold if each.with_customer), None)
    lines = [{"line_id": 1 if line is None else line.id, "quantity": 1, "reason": "changed_mind"}]
    body = {"order": facts.order.number, "lines": lines, "notify_customer": True}
    return Call("POST", "/v1/returns", body, _OFFICE)


def decide_pieces(each: OpenReturn) -> Call:
    """Say what becomes of pieces that came: here that they go back on the shelf."""
    warehouse, sku, quantity = each.undecided[0] if each.undecided else ("", "", 1)
    body = {"scan_id": f"{each.subject.number}-{sku}", "warehouse": warehouse, "code": sku, "quantity": quantity}
    return Call("POST", f"/v1/returns/{each.subject.id}/decisions", {**body, "disposition": "restocked"}, _FLOOR)


def complete_return(subject: ReturnUnderLock) -> Call:
    """Pay back what was accepted of a return."""
    return Call("POST", f"/v1/returns/{subject.id}/completion", {"notify_customer": True}, _OFFICE)


def cancel_return(subject: ReturnUnderLock) -> Call:
    """Wait for nothing more of a return."""
    body = {"reason": "the customer keeps it", "notify_customer": True}
    return Call("POST", f"/v1/returns/{subject.id}/cancellation", body, _OFFICE)


def resolve_parcel(parcel_id: int, by: str) -> Call:
    """Decide what becomes of a parcel in trouble."""
    return Call("POST", f"/v1/parcels/{parcel_id}/resolution", {"by": by}, _OFFICE)


def pay_by_hand(order: OrderUnderLock) -> Call:
    """Record money that was received by hand: all that is missing."""
    return _of_order(order, "payments", {"method": "manual"}, _OFFICE)


def pay_by_card(order: OrderUnderLock) -> Call:
    """Add a card, by the token that the gateway gave for it."""
    return _of_order(order, "payments", {"method": "card", "token": _EXAMPLE_TOKEN}, (*_OFFICE, _STOREFRONT))


def release(shipment: ShipmentUnderLock) -> Call:
    """Let the warehouse work a shipment."""
    return Call("POST", f"/v1/shipments/{shipment.id}/release", {}, (_CSR, _WAREHOUSE, _ADMIN))


def add_to_picklist(shipment: ShipmentUnderLock) -> Call:
    """Put a shipment on a new picklist."""
    return Call("POST", "/v1/picklists", {"shipment_ids": [shipment.id]}, _FLOOR)


def missing_picks(lines: Iterable[Line]) -> list[dict[str, int]]:
    """Give the pieces of each line that are not picked yet."""
    missing = [{"line_id": line.id, "quantity": line.quantity - line.picked} for line in lines]
    return [each for each in missing if each["quantity"] > 0]


def pick(shipment: ShipmentUnderLock, picks: list[dict[str, int]]) -> Call:
    """Record picks."""
    return Call("POST", f"/v1/picklists/{shipment.picklist_id}/picks", {"picks": picks}, _FLOOR)


def label(shipment: ShipmentUnderLock, bare: ParcelLabel | None, lines: Sequence[Line]) -> Call | None:
    """Do what the label of a parcel waits for: packing, weighing, buying; None where it is being bought."""
    if bare is None:
        items = [{"line_id": line.id, "quantity": line.quantity - line.packed} for line in lines]
        return Call("POST", f"/v1/shipments/{shipment.id}/parcels", {"items": items, "weight_grams": 500}, _FLOOR)
    if bare.status is not None:
        return None
    if bare.weight_grams is None:
        return Call("PATCH", f"/v1/parcels/{bare.id}", {"weight_grams": 500}, (*_FLOOR, _CSR))
    return Call("POST", f"/v1/parcels/{bare.id}/label", {}, _FLOOR)


def put_back(put_back_id: int) -> Call:
    """Say that pieces lie on the shelf again."""
    return Call("POST", f"/v1/put-backs/{put_back_id}/confirmation", {}, _FLOOR)


def split(shipment: ShipmentUnderLock, lines: Sequence[Line]) -> Call:
    """Let a piece travel by itself: of what is missing, where something is."""
    line = max(lines, key=lambda each: (each.missing, each.quantity - each.refunded_quantity))
    body = {"lines": [{"line_id": line.id, "quantity": 1}]}
    return Call("POST", f"/v1/shipments/{shipment.id}/split", body, (_CSR, _WAREHOUSE, _ADMIN))


def complete(shipment: ShipmentUnderLock) -> Call:
    """Hand a shipment to the carrier."""
    return Call("POST", f"/v1/shipments/{shipment.id}/completion", {}, _FLOOR)


def receive(shortage: Shortage) -> Call:
    """Take in the pieces that are missing."""
    lines = [{"sku": each.sku, "quantity": each.missing} for each in shortage.products if each.missing]
    return Call("POST", "/v1/inventory/receipts", {"warehouse": shortage.warehouse, "lines": lines}, _FLOOR)


def capture(payment: PaymentUnderLock, body: Mapping[str, Any] | None = None) -> Call:
    """Take what is authorized."""
    return _of_payment(payment, "captures", body or {})


def refund(payment: PaymentUnderLock, body: Mapping[str, Any] | None = None) -> Call:
    """Pay back what is kept."""
    return _of_payment(payment, "refunds", body or {"reason": "goodwill"})


def void(payment: PaymentUnderLock) -> Call:
    """Give back what is authorized."""
    return _of_payment(payment, "voids", {})


def replay(step: PromisedStep) -> Call:
    """Try a dead letter once more."""
    return Call("POST", f"/v1/dead-letters/{step.id}/replay", {}, (_ADMIN,))


def settle_label(step: PromisedStep) -> Call:
    """Say what the carrier's records tell of a label of which it cannot be asked any more."""
    outcome = "failed" if step.step == "labels.buy" else "kept"
    body = {"outcome": outcome, "note": "their invoice of today does not name it"}
    return Call("POST", f"/v1/labels/{step.subject_id}/outcome", body, (_ADMIN,))


def confirm_pay_out(attempt: AttemptMade) -> Call:
    """Say that a pay-out was made, and by which booking; `failed` gives it up."""
    body = {"outcome": "succeeded", "reference": "the bank's booking", "note": "paid out by bank transfer"}
    return Call("POST", f"/v1/payment-attempts/{attempt.id}/outcome", body, _OFFICE)


def settle_by_hand(attempt: AttemptMade) -> Call:
    """Say what became of an attempt that nobody can ask about any more; compare with the gateway's own records first."""
    body = {"outcome": "failed", "note": "compared: it is not in the gateway's own records"}
    return Call("POST", f"/v1/payment-attempts/{attempt.id}/outcome", body, (_ADMIN,))


def write_off(order: OrderUnderLock) -> Call:
    """Give up what goods that have left still owe."""
    return _of_order(order, "write-offs", {"reason": "the customer cannot be reached"}, (_ADMIN,))


def end_chargeback(chargeback: Mapping[str, Any]) -> Call:
    """Say how a chargeback ended: lost, here; `won` where the bank gave the money back."""
    path = f"/v1/payments/{chargeback['payment_id']}/chargebacks/{chargeback['id']}/outcome"
    return Call("POST", path, {"outcome": "lost"}, _OFFICE)


def sync(order: OrderUnderLock) -> Call:
    """Compare with the gateway's books, and take over what has happened there."""
    return _of_order(order, "payments/sync", {}, _OFFICE)


def place(order: OrderUnderLock) -> Call:
    """Make an order of a draft."""
    return _of_order(order, "placement", {}, _OFFICE)


def _of_order(order: OrderUnderLock, what: str, body: Mapping[str, Any], roles: tuple[Role, ...]) -> Call:
    return Call("POST", f"/v1/orders/{order.number}/{what}", body, roles)


def _by_version(method: str, order: OrderUnderLock, more: str, body: Mapping[str, Any] | None) -> Call:
    return Call(method, f"/v1/orders/{order.number}{more}", body, _OFFICE, {"If-Match": f'"{order.version}"'})


def _of_payment(payment: PaymentUnderLock, what: str, body: Mapping[str, Any]) -> Call:
    return Call("POST", f"/v1/payments/{payment.id}/{what}", body, _OFFICE)
