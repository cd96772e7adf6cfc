"""What the customer service representative does: holds, cancellations, releases, refunds."""

from collections.abc import Callable
from functools import partial

from fulfillment.demo import stories
from fulfillment.demo.people import JSON, eventually, must_refuse
from fulfillment.demo.shift import Shift


def hold_and_cancel(title: str, shift: Shift, wave: int) -> None:
    """Hold what looks like fraud and decide on some of it; cancel what customers ask for on the telephone."""
    acts: dict[stories.Story, Callable[[Shift, str], object]] = {
        stories.HELD: _hold,
        stories.HELD_CLEARED: _clear,
        stories.HELD_CANCELED: _give_up,
        stories.CANCELED_ASSIGNED: partial(_cancel, notify=False),
        stories.REST_CANCELED: partial(_cancel, notify=True),
    }
    story = shift.stories()
    numbers = shift.orders(*acts, wave=wave)
    shift.each(title, numbers, lambda number: acts[story[number]](shift, number))


def release_by_hand(title: str, shift: Shift) -> None:
    """Release what is assigned in the market that does not do so by itself, but for what is left for tomorrow."""
    story = shift.stories()

    def release(shipment: JSON) -> None:
        path = f"/v1/shipments/{shipment['id']}/release"
        if story[shipment["order"]] is stories.HELD:
            must_refuse("on_hold", lambda: shift.csr.finish(path, {}))
        else:
            shift.csr.finish(path, {})

    assigned = shift.csr.all("/v1/shipments", status="inventory_assigned", market="JP")
    wanted = [shipment for shipment in assigned if story[shipment["order"]] is not stories.UNRELEASED]
    shift.each(title, wanted, release)


def pay_back(title: str, shift: Shift) -> None:
    """Refund: all of it, some of it, or one piece of a line."""
    story = shift.stories()

    def refund(number: str) -> None:
        order = eventually(
            lambda: (found := shift.order(number))["payment_status"] == "paid" and found, what=f"{number} to be paid"
        )
        [payment] = order["payments"]
        shift.csr.finish(f"/v1/payments/{payment['id']}/refunds", _refund_body(story[number], order))

    shift.each(title, shift.orders(stories.REFUNDED_ALL, stories.REFUNDED_PART, stories.REFUNDED_LINE), refund)


def _refund_body(story: stories.Story, order: JSON) -> JSON:
    if story is stories.REFUNDED_PART:
        currency = order["total"]["currency"]
        return {"amount": {"amount": 250, "currency": currency}, "reason": "arrived late"}
    if story is stories.REFUNDED_LINE:
        line = order["shipments"][0]["lines"][0]
        return {"lines": [{"line_id": line["id"], "quantity": 1}], "reason": "arrived broken"}
    return {"reason": "sent back"}


def _hold(shift: Shift, number: str) -> int:
    """While a hold is open nothing moves on: not even a cancellation."""
    hold: int = shift.csr.post(f"/v1/orders/{number}/holds", {"reason": "fraud"})["id"]
    must_refuse("on_hold", lambda: _cancel(shift, number, notify=False))
    return hold


def _clear(shift: Shift, number: str) -> None:
    shift.csr.post(f"/v1/orders/{number}/holds/{_hold(shift, number)}/release", {})


def _give_up(shift: Shift, number: str) -> None:
    """End the hold and cancel in one step, so that the order cannot slip out between."""
    body = {"then": "cancel", "reason": "fraud", "notify_customer": False}
    shift.csr.post(f"/v1/orders/{number}/holds/{_hold(shift, number)}/release", body)


def _cancel(shift: Shift, number: str, *, notify: bool) -> None:
    body = {"reason": "the customer changed their mind", "notify_customer": notify}
    shift.csr.post(f"/v1/orders/{number}/cancellation", body)
