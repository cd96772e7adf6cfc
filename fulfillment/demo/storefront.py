"""What the shop's web site does: post checkouts, and look until each is decided."""

import threading
import time
from typing import Final

from fulfillment.demo import stories
from fulfillment.demo.people import JSON, Refused, WentThrough, eventually
from fulfillment.demo.plan import Planned
from fulfillment.demo.shift import Shift, Sold
from fulfillment.demo.shop import Range

_CUSTOMERS_PER_SECOND: Final = 30


def sell(title: str, shift: Shift, wave: int) -> None:
    """Post the checkouts of this wave, each when its customer comes: not all at once, and not one after the other."""
    checkouts = [planned for planned in shift.plan.checkouts if planned.wave == wave]
    opened, first, pause = time.monotonic(), checkouts[0].n, threading.Event()

    def come(planned: Planned) -> None:
        at = opened + (planned.n - first) / _CUSTOMERS_PER_SECOND
        pause.wait(max(0.0, at - time.monotonic()))
        shift.sold.append(_checkout(shift, planned))

    shift.each(title, checkouts, come)


def send_again(title: str, shift: Shift, wave: int) -> None:
    """Post some a second time, as an impatient customer does: the first answer comes again, and no second order."""
    numbers = {sold.planned.key: sold.number for sold in shift.sold}

    def repeat(planned: Planned) -> None:
        again = _checkout(shift, planned)
        if again.number != numbers[planned.key]:
            raise WentThrough(f"{planned.key} made two orders: {numbers[planned.key]} and {again.number}")

    twice = [planned for planned in shift.plan.checkouts if planned.story is stories.REPEATED and planned.wave == wave]
    shift.each(title, twice, repeat)


def wait_for_rest(title: str, shift: Shift, wave: int) -> None:
    """Wait until each order of this wave has come as far as it comes without a person."""

    def rest(number: str) -> None:
        eventually(lambda: at_rest(shift.storefront.get(f"/v1/orders/{number}")), what=f"{number} to come to rest")

    shift.each(title, shift.orders(wave=wave), rest)


def try_other_cards(title: str, shift: Shift, wave: int) -> None:
    """Add a second payment where the first was declined and the customer has another card."""

    def pay(number: str) -> None:
        order = f"/v1/orders/{number}"
        shift.storefront.finish(f"{order}/payments", {"method": "card", "token": "tok_ok"})
        eventually(lambda: at_rest(shift.storefront.get(order)), what=f"{number} to come to rest")

    shift.each(title, shift.orders(stories.SECOND_CARD, wave=wave), pay)


def cancel(title: str, shift: Shift, wave: int) -> None:
    """Cancel for customers who will not wait for stock. A storefront may, until the warehouse works an order."""
    body = {"reason": "will not wait", "notify_customer": True}
    shift.each(
        title,
        shift.orders(stories.CANCELED_WAITING, wave=wave),
        lambda number: shift.storefront.post(f"/v1/orders/{number}/cancellation", body),
    )


def at_rest(order: JSON) -> bool:
    """Whether the money is decided, and the stock; and the release, where the market releases by itself."""
    if order["payment_status"] in {"unpaid", "declined"}:
        return bool(order["payment_status"] == "declined")
    moving = {"pending", "inventory_assigned"} if order["market"] == "UK" else {"pending"}
    return not any(shipment["status"] in moving for shipment in order["shipments"])


def _checkout(shift: Shift, planned: Planned) -> Sold:
    started = time.perf_counter()
    try:
        number = shift.storefront.post("/v1/checkouts", planned.body, key=planned.key)["number"]
    except Refused as refused:
        if refused.code != "out_of_stock" or Range.LAST not in planned.story.ranges:
            raise
        number = None
    return Sold(planned, number, (time.perf_counter() - started) * 1000)
