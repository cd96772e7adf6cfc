"""When the day is over: where each order stands, and whether the plan wanted it there."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fulfillment.demo.people import JSON, TookTooLong, deadline_from_now, eventually
from fulfillment.demo.shift import Shift, Sold
from fulfillment.demo.stories import REFUSED, End
from fulfillment.notifications.outbox import mails_in

T = TypeVar("T")


@dataclass(frozen=True)
class Ended:
    """A checkout, the order it became (none where it was refused), and the end that fits; none fits if it is wrong."""

    sold: Sold
    order: JSON | None
    end: End | None


def wait_for_every_end(title: str, shift: Shift, outbox: Path) -> list[Ended]:
    """Wait until every order stands where it must and its mails are written; take those that do not as they are."""
    ended: list[Ended] = []
    until = deadline_from_now()  # one for all: a hundred that went wrong take no longer than one
    shift.each(title, shift.sold, lambda sold: ended.append(_ended(shift, sold, until)))
    wanted = mails_wanted(ended)
    _or_none(lambda: mails_written(outbox) >= wanted, until)
    return ended


def mails_written(outbox: Path) -> int:
    """How many mails customers got."""
    return sum(1 for _ in mails_in(outbox))


def mails_wanted(ended: Sequence[Ended]) -> int:
    """How many mails the ends bring with them."""
    return sum(len(each.end.mails) for each in ended if each.end)


def surprises(shift: Shift, ended: Sequence[Ended], written: int) -> list[str]:
    """What is not as planned, in sentences. `written` is how many mails there are."""
    found = [
        f"{each.sold.number} ({each.sold.planned.story.name}) is {_standing(each.order)}"
        for each in ended
        if each.order and not each.end
    ]
    came = Counter((each.sold.planned.story.name, each.end) for each in ended if each.end)
    found += [
        f"{count} more of '{story}' had to end {end.status}, {end.payment_status}: {end.why}"
        for (story, end), count in (shift.plan.ends - came).items()
    ]
    wanted = mails_wanted(ended)
    return found + ([f"{wanted} mails had to be written, {written} were"] if wanted != written else [])


def _standing(order: JSON) -> str:
    shipments = ", ".join(shipment["status"] for shipment in order["shipments"])
    return f"{order['status']}, {order['payment_status']}, shipments {shipments}"


def _ended(shift: Shift, sold: Sold, until: float) -> Ended:
    ends, number = sold.planned.story.ends, sold.number
    if number is None:
        return Ended(sold, None, REFUSED if REFUSED in ends else None)

    def fitting() -> Ended | None:
        order = shift.order(number)
        return next((Ended(sold, order, end) for end in ends if _fits(order, end)), None)

    return _or_none(fitting, until) or Ended(sold, shift.order(number), None)


def _fits(order: JSON, end: End) -> bool:
    shipments = tuple(shipment["status"] for shipment in order["shipments"])
    wanted = (end.status, end.payment_status, end.shipments)
    return (order["status"], order["payment_status"], shipments) == wanted and money_agrees(order)


def money_agrees(order: JSON) -> bool:
    """Whether the amounts are those that the payment status stands for."""
    total, canceled, held, taken, back = (
        order["amounts"][name]["amount"] for name in ("total", "canceled", "authorized", "captured", "refunded")
    )
    due = total - canceled
    agrees: dict[str, bool] = {
        "unpaid": (held, taken, back) == (0, 0, 0),
        "declined": (held, taken, back) == (0, 0, 0),
        "authorized": (held, taken, back) == (total, 0, 0),
        "partially_paid": held + taken == total and 0 < taken < total and back == 0,
        "paid": (held, taken, back) == (0, due, 0),
        "partially_refunded": (held, taken) == (0, due) and 0 < back < taken,
        "refunded": (held, taken, back) == (0, due, due),
    }
    return agrees[order["payment_status"]]


def _or_none(look: Callable[[], T | None], until: float) -> T | None:
    try:
        return eventually(look, what="the end of the day", until=until)
    except TookTooLong:
        return None
