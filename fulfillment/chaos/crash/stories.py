"""
Stories: what people do, so that every step of the process table is walked through, and how each order must end.

A new step needs a story that leads to it; the matrix names the steps that none has reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

from fulfillment.chaos.crash.desk import Desk, Order, pounds
from fulfillment.chaos.expected import Expected, shipped_and_paid
from fulfillment.client.store import CURRENCY, MARKET, PRICE, WAREHOUSE, Store, stock_up

PLENTY: Final = "CRASH-PLENTY"
DIGITAL: Final = "CRASH-DIGITAL"
POST: Final = "CRASH-POST"
"""The shipping method by which parcels get labels."""

BY_HAND: Final = "CRASH-BY-HAND"
"""The market in which a person releases."""

Ends = dict[str, Expected]
Story = Callable[[Desk], Ends]

_RECEIVED: Final = "order_received"
_ALL: Final = 1_000_000
_DISCOUNT: Final = 100
_SHIPPING: Final = 395


def open_for_stories(store: Store) -> None:
    """Add what the stories need to a store that has opened."""
    stock_up(store, [PLENTY], units=_ALL)
    with store.admin() as admin:
        admin.post("/v1/markets", {"code": BY_HAND, "name": "By hand", "currency": CURRENCY}).expect(200, 201)
        nothing_to_ship = {**_product(DIGITAL), "needs_shipping": False}
        admin.post("/v1/products", {"products": [nothing_to_ship]}).expect(200, 201)


def open_for_parcels(store: Store) -> None:
    """Add what stories of parcels need: a method that goes by the simulated carrier, and a market that tells of parcels."""
    with store.admin() as admin:
        tells = {"mails_delivery": True, "mails_delivery_problems": True}
        admin.patch(f"/v1/markets/{MARKET}", tells).expect(200)
        admin.patch(f"/v1/warehouses/{WAREHOUSE}", {"country": "GB", "postal_code": "EH6 6AA"}).expect(200)
        price = {"market": MARKET, "price": pounds(_SHIPPING)}
        admin.post("/v1/shipping-methods", {"code": POST, "name": "Post", "prices": [price]}).expect(200, 201)
        bound = {"code": "simulated", "services": ["standard", "express"]}
        admin.patch(f"/v1/shipping-methods/{POST}", {"carrier": bound}).expect(200)


def shipped(desk: Desk) -> Ends:
    """The plain walk: covered, assigned, picked, packed, charged."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    return {order.told.number: shipped_and_paid(order.told.total, 1)}


def refunded(desk: Desk) -> Ends:
    """Shipped, and all money back."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    [payment] = desk.paid(order, "paid")["payments"]
    desk.finish(f"/v1/payments/{payment['id']}/refunds", {"reason": "sent back"})
    return _ends(order, "completed", "refunded", 1, "authorize capture refund", _RECEIVED, "shipped", "refunded")


def released_and_canceled(desk: Desk) -> Ends:
    """Released by a person, and then canceled: the money and the piece go back."""
    order = desk.check_out(PLENTY, market=BY_HAND)
    shipment = desk.shipment(order, "inventory_assigned")
    desk.finish(f"/v1/shipments/{shipment['id']}/release", {})
    _cancel(desk, order, notify=True)
    return _ends(order, "canceled", "unpaid", 0, "authorize void", _RECEIVED, "canceled")


def canceled_on_a_picklist(desk: Desk) -> Ends:
    """The only shipment of a picklist is canceled: the picklist is closed by itself."""
    order = desk.check_out(PLENTY)
    desk.pick(order)
    _cancel(desk, order, notify=False)
    return _ends(order, "canceled", "unpaid", 0, "authorize void", _RECEIVED)


def nothing_to_ship(desk: Desk) -> Ends:
    """A gift card: completed and charged by itself."""
    order = desk.check_out(DIGITAL)
    return _ends(order, "completed", "paid", 0, "authorize capture", _RECEIVED)


def declined(desk: Desk) -> Ends:
    """The first card is declined, a second one pays."""
    order = desk.check_out(DIGITAL, token="tok_declined")  # noqa: S106 - a name that the simulated gateway knows
    desk.paid(order, "declined")
    desk.finish(f"{order.path}/payments", {"method": "card", "token": "tok_ok"})
    return _ends(order, "completed", "paid", 0, "authorize capture", "payment_declined", _RECEIVED)


def held_while_waiting(desk: Desk) -> Ends:
    """Waits for a piece, is held, the piece comes, the hold ends: released by itself."""
    sku = _new(desk)
    order = desk.check_out(sku)
    desk.shipment(order, "awaiting_inventory")
    hold = desk.post(f"{order.path}/holds", {"reason": "address"})
    desk.receive(sku)
    desk.shipment(order, "inventory_assigned")
    desk.post(f"{order.path}/holds/{hold['id']}/release", {})
    desk.shipment(order, "released")
    return _ends(order, "in_progress", "authorized", 0, "authorize", _RECEIVED)


def held_in_bulk(desk: Desk) -> Ends:
    """Two orders are held by one command."""
    orders = [desk.check_out(PLENTY, market=BY_HAND) for _ in range(2)]
    for order in orders:
        desk.shipment(order, "inventory_assigned")
    desk.finish("/v1/bulk", {"action": "hold", "numbers": [each.told.number for each in orders], "reason": "fraud"})
    return {
        number: end
        for order in orders
        for number, end in _ends(order, "in_progress", "authorized", 0, "authorize", _RECEIVED).items()
    }


def captured_by_hand(desk: Desk) -> Ends:
    """Money is taken before anything has left, and the order ships."""
    order = desk.check_out(PLENTY)
    [payment] = desk.paid(order, "authorized")["payments"]
    desk.finish(f"/v1/payments/{payment['id']}/captures", {})
    desk.paid(order, "paid")
    desk.ship(order)
    return {order.told.number: shipped_and_paid(order.told.total, 1)}


def cheaper_in_the_end(desk: Desk) -> Ends:
    """The order is given a discount after its card was authorized: what is left over goes back once all has shipped."""
    order = desk.check_out(PLENTY, market=BY_HAND)
    shipment = desk.shipment(order, "inventory_assigned")
    desk.change(order.path, {"discount": pounds(_DISCOUNT)})
    desk.finish(f"/v1/shipments/{shipment['id']}/release", {})
    desk.ship(order)
    told, costs = order.told.total, order.told.total - _DISCOUNT
    money = (("authorize", told), ("capture", costs), ("void", _DISCOUNT))
    return {order.told.number: Expected("completed", "paid", 1, money, (_RECEIVED, "shipped"), total=costs)}


def returned(desk: Desk) -> Ends:
    """Shipped, sent back because it was damaged, and all that was paid for it paid back."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    desk.paid(order, "paid")
    path = _send_back(desk, order, notify=True)
    piece = {"scan_id": "one", "warehouse": WAREHOUSE, "code": PLENTY, "disposition": "restocked"}
    desk.post(f"{path}/receipts", piece)
    desk.finish(f"{path}/completion", {"notify_customer": True})
    mails = (_RECEIVED, "shipped", "return_authorized", "return_completed")
    return _ends(order, "completed", "refunded", 1, "authorize capture refund", *mails)


def kept_after_all(desk: Desk) -> Ends:
    """Shipped, a return is authorized, and canceled."""
    order = desk.check_out(PLENTY)
    desk.ship(order)
    path = _send_back(desk, order, notify=False)
    desk.post(f"{path}/cancellation", {"reason": "they keep it", "notify_customer": True})
    return _ends(order, "completed", "paid", 1, "authorize capture", _RECEIVED, "shipped", "return_ended")


def labeled_and_delivered(desk: Desk) -> Ends:
    """Packed at the bench: a label is bought, given back, bought anew, told to the carrier, and the parcel arrives."""
    order, parcel = _hand_over(desk, gives_back=True)
    desk.finish("/v1/manifests", {"carrier": "simulated", "warehouse": WAREHOUSE})
    desk.happen(parcel, "delivered")
    total = order.told.total
    money = (("authorize", total), ("capture", total), ("label", 1), ("label", 1), ("label void", 1))
    mails = (_RECEIVED, "shipped", "delivered")
    return {order.told.number: Expected("completed", "paid", 1, money, mails)}


def labeled_and_lost(desk: Desk) -> Ends:
    """A parcel with a label leaves, and gets lost."""
    order, parcel = _hand_over(desk)
    desk.happen(parcel, "lost")
    total = order.told.total
    money = (("authorize", total), ("capture", total), ("label", 1))
    mails = (_RECEIVED, "shipped", "delivery_problem")
    return {order.told.number: Expected("completed", "paid", 1, money, mails)}


STORIES: Final[Sequence[Story]] = (
    shipped,
    refunded,
    released_and_canceled,
    canceled_on_a_picklist,
    nothing_to_ship,
    declined,
    held_while_waiting,
    held_in_bulk,
    captured_by_hand,
    cheaper_in_the_end,
    returned,
    kept_after_all,
    labeled_and_delivered,
    labeled_and_lost,
)


def _ends(order: Order, status: str, payment_status: str, pieces: int, money: str, *mails: str) -> Ends:
    """Each movement of `money` is of the whole total."""
    moved = tuple((operation, order.told.total) for operation in money.split())
    return {order.told.number: Expected(status, payment_status, pieces, moved, mails)}


def _cancel(desk: Desk, order: Order, *, notify: bool) -> None:
    desk.post(f"{order.path}/cancellation", {"reason": "changed their mind", "notify_customer": notify})


def _send_back(desk: Desk, order: Order, *, notify: bool) -> str:
    """Authorize the return of an order of one piece; give its path."""
    [line] = desk.get(order.path)["shipments"][0]["lines"]
    back = {"line_id": line["id"], "quantity": 1, "reason": "damaged"}
    wanted = {"order": order.told.number, "lines": [back], "notify_customer": notify}
    return f"/v1/returns/{desk.post('/v1/returns', wanted)['id']}"


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


def _new(desk: Desk) -> str:
    """Add a product of which there is none."""
    sku = f"CRASH-{uuid4().hex[:12].upper()}"
    desk.post("/v1/products", {"products": [_product(sku)]})
    return sku


def _product(sku: str) -> dict[str, object]:
    return {"sku": sku, "name": f"Product {sku}", "price": {"amount": PRICE, "currency": CURRENCY}}
