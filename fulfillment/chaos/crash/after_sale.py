"""Stories of what follows a sale: parcels on their way, goods that come back, and others that go out for them."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from fulfillment.chaos.crash.desk import Desk, Order
from fulfillment.chaos.crash.story import CARRIER, COURIER, PLENTY, POST, RECEIVED, SHIPPING, Ends, ends
from fulfillment.chaos.expected import Expected
from fulfillment.client.store import PRICE, WAREHOUSE

_DIFFERENCE: Final = (("authorize", SHIPPING), ("capture", SHIPPING))
_NEARLY_OVER: Final = 25
"""Days after which a customer is reminded of a return that may come within thirty."""


def returned(desk: Desk) -> Ends:
    """Shipped, sent back because it was damaged, and all that was paid for it paid back."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    desk.paid(order, "paid")
    path = _send_back(desk, order, notify=True)
    _arrive(desk, path)
    desk.finish(f"{path}/completion", {"notify_customer": True})
    mails = (RECEIVED, "shipped", "return_authorized", "return_completed")
    return ends(order, "completed", "refunded", 1, "authorize capture refund", *mails)


def kept_after_all(desk: Desk) -> Ends:
    """Shipped, a return is authorized, and canceled."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    path = _send_back(desk, order, notify=False)
    desk.post(f"{path}/cancellation", {"reason": "they keep it", "notify_customer": True})
    return ends(order, "completed", "paid", 1, "authorize capture", RECEIVED, "shipped", "return_ended")


def returned_late(desk: Desk) -> Ends:
    """A return is waited for so long that the customer is reminded of it; then it comes, and is paid back."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    desk.paid(order, "paid")
    path = _send_back(desk, order, notify=False)
    desk.wait_for_goods(path, days=_NEARLY_OVER)
    desk.told(order, "remind_of_return")
    _arrive(desk, path)
    desk.finish(f"{path}/completion", {"notify_customer": False})
    mails = (RECEIVED, "shipped", "return_reminder")
    return ends(order, "completed", "refunded", 1, "authorize capture refund", *mails)


def exchanged(desk: Desk) -> Ends:
    """A piece comes back, and another goes out for it: what that costs more is all that a card is asked for."""
    old, new = _exchange(desk)
    total = old.told.total
    sent = Expected("completed", "paid", 1, (("authorize", total), ("capture", total)), (RECEIVED, "shipped"))
    return {
        old.told.number: sent,
        new.told.number: Expected("completed", "paid", 1, _DIFFERENCE, (RECEIVED, "shipped")),
    }


def exchanged_and_refunded(desk: Desk) -> Ends:
    """What went out in exchange is refunded: the credit goes back to the order that it came from, and on to its card."""
    old, new = _exchange(desk)
    [credit] = [each for each in desk.get(new.path)["payments"] if each["method"] == "credit"]
    desk.finish(f"/v1/payments/{credit['id']}/refunds", {"reason": "goodwill"})
    desk.told(old, "take_credit")
    total = old.told.total
    money = (("authorize", total), ("capture", total), ("refund", PRICE))
    mails = (RECEIVED, "shipped", "refunded")
    return {
        old.told.number: Expected("completed", "partially_refunded", 1, money, mails),
        new.told.number: Expected("completed", "partially_refunded", 1, _DIFFERENCE, (RECEIVED, "shipped")),
    }


def labeled_and_delivered(desk: Desk) -> Ends:
    """Packed at the bench: a label is bought, given back, bought anew, told to the carrier, and the parcel arrives."""
    desk.change(f"/v1/shipping-methods/{POST}", {"carrier": CARRIER})
    order, parcel = _hand_over(desk, gives_back=True)
    desk.finish("/v1/manifests", {"carrier": "simulated", "warehouse": WAREHOUSE})
    desk.happen(parcel, "delivered")
    total = order.told.total
    money = (("authorize", total), ("capture", total), ("label", 1), ("label", 1), ("label void", 1))
    mails = (RECEIVED, "shipped", "delivered")
    return {order.told.number: Expected("completed", "paid", 1, money, mails)}


def labeled_and_lost(desk: Desk) -> Ends:
    """A parcel with a label leaves, and gets lost."""
    order, parcel = _hand_over(desk)
    desk.happen(parcel, "lost")
    total = order.told.total
    money = (("authorize", total), ("capture", total), ("label", 1))
    mails = (RECEIVED, "shipped", "delivery_problem")
    return {order.told.number: Expected("completed", "paid", 1, money, mails)}


def _send_back(desk: Desk, order: Order, *, notify: bool) -> str:
    """Authorize the return of an order of one piece; give its path."""
    [line] = desk.get(order.path)["shipments"][0]["lines"]
    back = {"line_id": line["id"], "quantity": 1, "reason": "damaged"}
    wanted = {"order": order.told.number, "lines": [back], "notify_customer": notify}
    return f"/v1/returns/{desk.post('/v1/returns', wanted)['id']}"


def _arrive(desk: Desk, path: str) -> None:
    """Receive the piece of a return, and put it back on its shelf."""
    piece = {"scan_id": "one", "warehouse": WAREHOUSE, "code": PLENTY, "disposition": "restocked"}
    desk.post(f"{path}/receipts", piece)


def _exchange(desk: Desk) -> tuple[Order, Order]:
    """Ship an order, exchange its piece for another, and ship that; give both orders."""
    old = desk.check_out(PLENTY)
    desk.ship(old)
    desk.paid(old, "paid")
    [line] = desk.get(old.path)["shipments"][0]["lines"]
    wanted = {
        "order": old.told.number,
        "back": [{"line_id": line["id"], "quantity": 1, "reason": "changed_mind"}],
        "out": [{"sku": PLENTY, "quantity": 1}],
        "notify_customer": False,
        "shipping_method": COURIER,
        "token": "tok_ok",
    }
    key = uuid4().hex
    begun = desk.post("/v1/exchanges", wanted, key=key)
    new = desk.accept(key, begun["new_order"], begun["money"]["costs"]["amount"], pieces=1)
    _arrive(desk, f"/v1/returns/{begun['return_id']}")
    desk.ship(new)
    return old, new


def _hand_over(desk: Desk, *, gives_back: bool = False) -> tuple[Order, str]:
    """Pick, pack, label and ship an order; give it, and the path of its parcel."""
    order = desk.check_out(PLENTY, by=POST)
    picklist = desk.pick(order)
    shipment = desk.shipment(order, "packing")
    [line] = shipment["lines"]
    desk.post(f"{picklist}/picks", {"picks": [{"line_id": line["id"], "quantity": 1}]})
    packed = {"items": [{"code": PLENTY, "quantity": 1}], "weight_grams": 700}
    made = desk.post(f"/v1/shipments/{shipment['id']}/parcels", packed)
    parcel = f"/v1/parcels/{made['id']}"
    desk.finish(f"{parcel}/label", {})
    if gives_back:
        desk.finish(f"{parcel}/label/void", {})
        desk.finish(f"{parcel}/label", {})
    desk.finish(f"{picklist}/completion", {"confirm_all": False})
    desk.paid(order, "paid")
    return order, parcel
