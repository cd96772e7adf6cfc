"""Writes the mails: what a kind of mail says, from templates, as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from fulfillment.kernel.money import printed
from fulfillment.notifications.context import MailKind, MailTotals, OrderMail
from fulfillment.notifications.mailer import Message

# The subject, which is also the heading.
_TITLES: Final = {
    MailKind.ORDER_RECEIVED: "We have your order {number}",
    MailKind.PAYMENT_DECLINED: "Your payment for order {number} was declined",
    MailKind.SHIPPED: "Your order {number} is on its way",
    MailKind.CANCELED: "Your order {number} was canceled",
    MailKind.REFUNDED: "A refund for your order {number}",
}
_NAMING_THE_ADDRESS: Final = frozenset({MailKind.ORDER_RECEIVED, MailKind.SHIPPED})
_SHIPPED_WITHOUT_PARCEL: Final = "Your order {number} is fulfilled"

# Controls and line ends could forge a header or a line of the mail; bidirectional overrides can make one amount or
# address read as another; lone surrogates cannot be sent at all.
_UNPRINTABLE: Final = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")

# Columns of the text: a line of 72 with the amounts on the right.
_ITEM_COLUMNS: Final = 54
_AMOUNT_COLUMNS: Final = 18


class _Fact(NamedTuple):
    label: str
    value: str


class _Line(NamedTuple):
    quantity: int
    name: str
    sku: str
    amount: str  # empty where the mail names no prices


class _Total(NamedTuple):
    label: str
    amount: str
    final: bool


def compose(kind: MailKind, order: OrderMail, *, message_id: str) -> Message:
    """
    Write one mail about an order.

    Whatever a name, note or reason holds, it can neither add a header or a line to the mail nor be taken as HTML.
    """
    title = _title(kind, order)
    view = {
        "title": title,
        "store": _clean(order.store_name),
        "customer": _clean(order.customer_name),
        "note": _clean(order.money_note or ""),
        "tracked": bool(order.tracking_number),
        "facts": list(_facts(kind, order)),
        "lines": _lines(kind, order),
        "totals": list(_totals(order.totals, order.currency)) if order.totals and kind != MailKind.SHIPPED else [],
        "ship_to": [line for line in map(_clean, order.ship_to) if line] if kind in _NAMING_THE_ADDRESS else [],
    }
    text, html = _templates(kind)
    return Message(
        message_id=message_id,
        to=order.email.strip(),
        to_name=_clean(order.customer_name),
        subject=title,
        text=text.render(view),
        # References such as &#233; let the mail travel as it is, which is cheaper than encoding every part of it.
        html=html.render(view).encode("ascii", "xmlcharrefreplace").decode("ascii"),
        headers={"X-Order-Number": _clean(order.number), "X-Mail-Kind": kind.value},
    )


def _title(kind: MailKind, order: OrderMail) -> str:
    parcel = kind != MailKind.SHIPPED or order.ship_to
    return (_TITLES[kind] if parcel else _SHIPPED_WITHOUT_PARCEL).format(number=_clean(order.number))


def _facts(kind: MailKind, order: OrderMail) -> Iterator[_Fact]:
    yield _Fact("Order", _clean(order.number))
    yield _Fact("Placed", _day_and_time(order.placed_at))
    if kind == MailKind.SHIPPED and order.shipment_number:
        yield _Fact("Shipment", _clean(order.shipment_number))
    if kind == MailKind.SHIPPED and order.tracking_number:
        yield _Fact("Tracking number", _clean(order.tracking_number))
    if kind == MailKind.CANCELED and order.cancel_reason:
        yield _Fact("Reason", _clean(order.cancel_reason))
    if kind == MailKind.REFUNDED and order.refunded is not None:
        yield _Fact("Refunded", printed(order.refunded, order.currency))


def _lines(kind: MailKind, order: OrderMail) -> list[_Line]:
    # A shipment may hold a part of a line, whose share of the price nobody has agreed on.
    priced = kind != MailKind.SHIPPED
    return [
        _Line(
            line.quantity, _clean(line.name), _clean(line.sku), printed(line.amount, order.currency) if priced else ""
        )
        for line in order.lines
    ]


def _totals(totals: MailTotals, currency: str) -> Iterator[_Total]:
    yield _Total("Items", printed(totals.items, currency), final=False)
    if totals.discount:
        yield _Total("Discount", printed(-totals.discount, currency), final=False)
    yield _Total("Shipping", printed(totals.shipping, currency), final=False)
    if totals.tax:
        yield _Total("Tax", printed(totals.tax, currency), final=False)
    yield _Total("Total", printed(totals.total, currency), final=True)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub(" ", text).strip()


def _day_and_time(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


@cache
def _templates(kind: MailKind) -> tuple[Template, Template]:
    """Compile the templates of a kind, once in the life of a process."""
    environment = _environment()
    return environment.get_template(f"{kind}.txt"), environment.get_template(f"{kind}.html")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["columns"] = _columns
    return environment


def _columns(left: str, amount: str) -> str:
    """Give one line of text with its amount on the right; a long item keeps its words and pushes the amount down."""
    if not amount:
        return left
    if len(left) > _ITEM_COLUMNS:
        return f"{left}\n{'':{_ITEM_COLUMNS}}{amount:>{_AMOUNT_COLUMNS}}"
    return f"{left:<{_ITEM_COLUMNS}}{amount:>{_AMOUNT_COLUMNS}}"
