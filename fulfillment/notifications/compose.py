"""Writes the mails: what a kind of mail says, from templates, as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from fulfillment.kernel.money import printed
from fulfillment.notifications import wording
from fulfillment.notifications.context import MailKind, MailTotals, OrderMail
from fulfillment.notifications.mailer import Message

_OF_PARCELS: Final = frozenset({MailKind.SHIPPED, *(kind for kind in MailKind if kind.is_of_parcel)})
_NAMING_THE_ADDRESS: Final = frozenset({MailKind.ORDER_RECEIVED, *_OF_PARCELS})
_WITHOUT_PRICES: Final = frozenset({*_OF_PARCELS, *(kind for kind in MailKind if kind.is_of_return)})
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# Controls and line ends could forge a header or a line of the mail; bidirectional overrides can make one amount or
# address read as another; lone surrogates cannot be sent at all.
_UNPRINTABLE: Final = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")

# Columns of the text: a line of 72 with the amounts on the right.
_ITEM_COLUMNS: Final = 54
_AMOUNT_COLUMNS: Final = 18

# What the templates loop over: plain tuples, because a template takes long to look things up by name.
_Fact = tuple[str, str]  # label, value
_Line = tuple[int, str, str, str]  # quantity, name, SKU, amount; no amount where the mail names no prices
_Totals = tuple[str, str, str, str, str]  # goods, discount, shipping, tax, total; no discount or tax where none is


def compose(kind: MailKind, order: OrderMail, *, message_id: str) -> Message:
    """
    Write one mail about an order.

    Whatever a name, note or reason holds, it can neither add a header or a line to the mail nor be taken as HTML.
    """
    number, customer = _clean(order.number), _clean(order.customer_name)
    subject = wording.title(kind, order, number)
    ship_to = [line for line in map(_clean, order.ship_to) if line] if kind in _NAMING_THE_ADDRESS else []
    lead = wording.lead(kind, addressed=bool(ship_to), tracked=bool(order.tracking_number))
    lines = _lines(kind, order)
    view = {
        "title": subject,
        "store": _clean(order.store_name),
        "customer": customer,
        "note": _clean(order.money_note or ""),
        "facts": [("Order", number), ("Placed", _day_and_time(order.placed_at)), *_facts(kind, order)],
        "totals": _totals(order.totals, order.currency) if order.totals and kind not in _WITHOUT_PRICES else None,
        "ship_to": ship_to,
    }
    text, html = _templates()
    return Message(
        message_id=message_id,
        to=order.email.strip(),
        to_name=customer,
        subject=subject,
        text=text.render(view, lead=lead, items=[_item(*line) for line in lines]),
        # References such as &#233; let the mail travel as it is, which is cheaper than encoding every part of it.
        html=html.render(view, lead=lead.replace("\n", " "), lines=lines)
        .encode("ascii", "xmlcharrefreplace")
        .decode("ascii"),
        headers={"X-Order-Number": number, "X-Mail-Kind": kind.value},
    )


def _facts(kind: MailKind, order: OrderMail) -> Iterator[_Fact]:
    if kind in _OF_PARCELS and order.shipment_number:
        yield "Shipment", _clean(order.shipment_number)
    if kind in _OF_PARCELS and order.tracking_number:
        yield "Tracking number", _clean(order.tracking_number)
    if kind == MailKind.CANCELED and order.cancel_reason:
        yield "Reason", _clean(order.cancel_reason)
    if kind.is_of_return and order.return_number:
        yield "Return number", _clean(order.return_number)
    if kind.is_of_return and order.return_until is not None:
        yield "To be here by", _day_and_time(order.return_until)
    if kind in (MailKind.REFUNDED, MailKind.RETURN_COMPLETED) and order.refunded is not None:
        yield "Refunded", printed(order.refunded, order.currency)


def _lines(kind: MailKind, order: OrderMail) -> list[_Line]:
    # A shipment may hold a part of a line, whose share of the price nobody has agreed on.
    priced = kind not in _WITHOUT_PRICES
    return [
        (line.quantity, _clean(line.name), _clean(line.sku), printed(line.amount, order.currency) if priced else "")
        for line in order.lines
    ]


def _totals(totals: MailTotals, currency: str) -> _Totals:
    return (
        printed(totals.items, currency),
        printed(-totals.discount, currency) if totals.discount else "",
        printed(totals.shipping, currency),
        printed(totals.tax, currency) if totals.tax else "",
        printed(totals.total, currency),
    )


def _clean(text: str) -> str:
    # Nothing printable is among them but the blank, which only counts where there are several: most text is clean.
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _UNPRINTABLE.sub(" ", text).strip()


def _day_and_time(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc.hour:02}:{utc.minute:02} UTC"


@cache
def _templates() -> tuple[Template, Template]:
    """
    Compile the templates, once in the life of a process.

    One for text and one for HTML, whatever the kind: blocks and includes are looked up anew in every mail.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # The templates call none of Jinja's functions, which every mail would carry along.
    environment.globals.clear()
    return environment.get_template("mail.txt"), environment.get_template("mail.html")


def _item(quantity: int, name: str, sku: str, amount: str) -> str:
    """Give one line of text with its amount on the right; a long item keeps its words and pushes the amount down."""
    left = f"{quantity} x {name} ({sku})"
    if not amount:
        return left
    if len(left) > _ITEM_COLUMNS:
        return f"{left}\n{'':{_ITEM_COLUMNS}}{amount:>{_AMOUNT_COLUMNS}}"
    return f"{left:<{_ITEM_COLUMNS}}{amount:>{_AMOUNT_COLUMNS}}"
