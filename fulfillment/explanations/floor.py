"""What keeps the shipments of an order waiting. Pure: the guards are those that the verbs ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from fulfillment.exchanges.states import AWAITING_RETURN
from fulfillment.explanations import calls
from fulfillment.explanations.explanation import Blocker, Call, Who
from fulfillment.explanations.facts import Facts, OpenHold
from fulfillment.kernel.job import Refusal
from fulfillment.orders.queries import ShipmentUnderLock
from fulfillment.orders.states import ShipmentStatus
from fulfillment.shipments.complete import admit_completion
from fulfillment.shipments.picklist import admit_to_picklist
from fulfillment.shipments.release import admit_release
from fulfillment.shipments.shortage import Shortage


def hold_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name each open hold (OL7, OL8)."""
    for hold in facts.holds:
        call = calls.release_hold(facts.order, hold)
        if hold.reason == AWAITING_RETURN and facts.awaited is not None:
            yield _awaiting_return(facts.awaited, hold, call)
            continue
        yield Blocker(
            "on_hold",
            "hold",
            hold.id,
            hold.opened_at,
            f"on hold: {hold.reason}",
            {"hold_id": hold.id, "reason": hold.reason, "note": hold.note, "opened_by": hold.opened_by},
            call.who,
            call,
            stands=True,
        )


def _awaiting_return(awaited: RowMapping, hold: OpenHold, call: Call) -> Blocker:
    """Name the goods that an exchange waits for. To end the hold is to let the other goods go first."""
    coming = [each for each in awaited["lines"] if each["quantity"]]
    goods = ", ".join(f"{each['quantity']} x {each['sku']}" for each in coming)
    to = awaited["warehouse"] or "any warehouse"
    waits = f"{goods} of return {awaited['number']} to arrive in {to}"
    return Blocker(
        "awaiting_return",
        "hold",
        hold.id,
        hold.opened_at,
        f"waits for {waits if goods else 'somebody to say what becomes of return ' + awaited['number']}",
        {
            "exchange_id": awaited["id"],
            "return_id": awaited["return_id"],
            "lines": coming,
            "until": awaited["expires_at"],
        },
        (Who.CUSTOMER, Who.WAREHOUSE, *call.who),
        call,
        stands=True,
    )


def floor_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name what each shipment waits for. What holds up the whole order is not said again for each of them."""
    for shipment in facts.shipments:
        if (find := _BY_STATUS.get(shipment.status)) is not None and (found := find(facts, shipment)) is not None:
            yield found


def put_back_blockers(facts: Facts) -> Iterator[Blocker]:
    """Name what was picked for a canceled shipment and is promised to nobody until it is put back."""
    for each in facts.in_hand:
        call = calls.put_back(each.put_back_id)
        yield Blocker(
            "awaits_put_back",
            "put_back",
            each.put_back_id,
            each.since,
            f"{each.quantity} pieces of {each.sku}, picked for the canceled shipment {each.shipment}, are to be put back",
            {"shipment": each.shipment, "sku": each.sku, "quantity": each.quantity},
            call.who,
            call,
        )


def _awaits_inventory(facts: Facts, shipment: ShipmentUnderLock) -> Blocker | None:
    shortage = facts.shortages.get(shipment.id)
    day = None if shortage is None else shortage.not_before
    if shortage is not None and day is not None and day > facts.at:
        return _awaits_day(facts, shipment, shortage, day)
    short = shortage is not None and any(each.missing for each in shortage.products)
    call = calls.receive(shortage) if shortage is not None and short else None
    return Blocker(
        "awaiting_inventory",
        "shipment",
        shipment.id,
        facts.since.get(shipment.id),
        f"shipment {shipment.number} waits for stock",
        {**_shown_shortage(shortage), **_shown_loss(facts, shipment)},
        call.who if call is not None else (Who.SYSTEM,),  # All there: it is tried again by the next sweep.
        call,
    )


def _awaits_day(facts: Facts, shipment: ShipmentUnderLock, shortage: Shortage, day: datetime) -> Blocker:
    return Blocker(
        "awaiting_inventory",
        "shipment",
        shipment.id,
        facts.since.get(shipment.id),
        f"shipment {shipment.number} is pre-ordered: it is assigned from {day:%Y-%m-%d} on",
        _shown_shortage(shortage),
        (Who.SYSTEM,),
    )


def _shown_loss(facts: Facts, shipment: ShipmentUnderLock) -> dict[str, Any]:
    """It had its pieces once: say what took them."""
    lost = facts.lost_assignments.get(shipment.id)
    return {} if lost is None else {"lost_assignment": dict(lost)}


def _shown_shortage(shortage: Shortage | None) -> dict[str, Any]:
    if shortage is None:
        return {"warehouse": None, "not_before": None, "expected_on": None, "products": []}
    products = [
        {
            "sku": each.sku,
            "needed": each.needed,
            "available": each.available,
            "ahead_pieces": each.ahead_pieces,
            "ahead_shipments": each.ahead_shipments,
            "missing": each.missing,
            "place": each.place,
            "expected_on": None if each.expected_on is None else each.expected_on.isoformat(),
        }
        for each in shortage.products
    ]
    return {
        "warehouse": shortage.warehouse,
        "not_before": shortage.not_before,
        "expected_on": None if shortage.expected_on is None else shortage.expected_on.isoformat(),
        "products": products,
    }


def _awaits_release(facts: Facts, shipment: ShipmentUnderLock) -> Blocker | None:
    if not admit_release(facts.floor, [shipment])[0]:
        return None
    return _awaits(facts, shipment, "awaits_release", "somebody to release it", calls.release(shipment))


def _awaits_picklist(facts: Facts, shipment: ShipmentUnderLock) -> Blocker | None:
    if not admit_to_picklist(facts.floor, [shipment])[0]:
        return None
    return _awaits(facts, shipment, "awaits_picklist", "its picklist", calls.add_to_picklist(shipment))


def _awaits_packing(facts: Facts, shipment: ShipmentUnderLock) -> Blocker | None:
    allowed, refused = admit_completion(facts.floor, [shipment], facts.lines, labels=facts.labels)
    if allowed:
        return _awaits(facts, shipment, "awaits_completion", "the carrier", calls.complete(shipment))
    if refused[0].guard == "no_label":
        return _awaits_label(facts, shipment, refused[0])
    if refused[0].guard != "not_picked":
        return None
    missing = calls.missing_picks(facts.lines[shipment.id])
    return _awaits(facts, shipment, "awaits_picks", "its picks", calls.pick(shipment, missing), missing=missing)


def _awaits_label(facts: Facts, shipment: ShipmentUnderLock, refusal: Refusal) -> Blocker:
    """Its shipping method lets nothing leave without labels: say which parcel lacks one, and why."""
    bare = next((each for each in facts.labels[shipment.id] if each.status != "bought"), None)
    call = calls.label(shipment, bare, facts.lines[shipment.id])
    return Blocker(
        "awaits_label",
        "shipment",
        shipment.id,
        facts.since.get(shipment.id),
        refusal.reason,
        {
            "shipment": shipment.number,
            "parcel_id": None if bare is None else bare.id,
            "label": None if bare is None else bare.status,
            "refused": None if bare is None else bare.refused,
        },
        (Who.SYSTEM,) if call is None else call.who,
        call,
    )


def _awaits(facts: Facts, shipment: ShipmentUnderLock, code: str, what: str, call: Call, **evidence: object) -> Blocker:
    return Blocker(
        code,
        "shipment",
        shipment.id,
        facts.since.get(shipment.id),
        f"shipment {shipment.number} waits for {what}",
        {"shipment": shipment.number, **evidence},
        call.who,
        call,
    )


_BY_STATUS: Final[dict[str, Callable[[Facts, ShipmentUnderLock], Blocker | None]]] = {
    ShipmentStatus.AWAITING_INVENTORY: _awaits_inventory,
    ShipmentStatus.INVENTORY_ASSIGNED: _awaits_release,
    ShipmentStatus.RELEASED: _awaits_picklist,
    ShipmentStatus.PACKING: _awaits_packing,
}
