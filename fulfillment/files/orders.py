"""
Orders: all of them go out; open ones come in, as checkouts.

What another shop has finished is not taken in: its money moved at another gateway and its goods left other shelves, and an order
that claims otherwise could neither be refunded nor taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from fulfillment.client.api import JSON, Api, RefusedError
from fulfillment.files.columns import columns, integer, text
from fulfillment.files.outcome import Outcome, Way

_ADDRESS: Final = ("name", "line1", "line2", "city", "region", "postal_code", "country")
COLUMNS: Final = (
    *columns(text, "order", "market", "reference", "customer.name", "customer.email"),
    *columns(text, *(f"ship_to.{part}" for part in _ADDRESS), *(f"bill_to.{part}" for part in _ADDRESS)),
    *columns(text, "shipping_method"),
    *columns(integer, "shipping.amount"),
    *columns(text, "shipping.currency"),
    *columns(text, "payment.method", "payment.token", "payment.reference"),
    *columns(text, "line.sku", "line.name"),
    *columns(integer, "line.quantity", "line.price.amount"),
    *columns(text, "line.price.currency"),
)
LISTED: Final = (
    *columns(text, "number", "status", "payment_status", "market", "reference", "customer_name", "customer_email"),
    *columns(integer, "total.amount"),
    *columns(text, "total.currency", "placed_at", "covered_at", "completed_at", "canceled_at", "invoice_number"),
)
_LIST: Final = ",".join(dict.fromkeys(column.name.split(".")[0] for column in LISTED))
_UNPROCESSABLE: Final = 422


def read(api: Api, whole: bool) -> Iterator[JSON]:  # noqa: FBT001 - all kinds are read alike
    """Give every order, the latest first; `whole` with all that belongs to it, else as a list shows it."""
    asked = {"archived": "any"} if whole else {"archived": "any", "columns": _LIST}
    for page in api.pages("/v1/orders", **asked):
        for each in page:
            yield api.get(f"/v1/orders/{quote(each['number'], safe='')}") if whole else each


def take(api: Api, rows: Sequence[JSON], way: Way) -> Outcome:
    """
    Place orders, one by one. Raises RefusedError.

    `order` is what the other shop calls it, and the key under which it is placed: it stands in the order as its reference.
    """
    return sum((_take(api, row, way) for row in rows), Outcome())


def joined(rows: Iterator[tuple[int, JSON]]) -> Iterator[tuple[int, JSON]]:
    """Make one order of rows of a table that name the same one and follow each other; the first says all but the lines."""
    line, order = 0, JSON()
    for begins, row in rows:
        named = row.get("order")
        if order and named is not None and named == order.get("order"):
            order["lines"].append(row.get("line", {}))
            continue
        if order:
            yield line, order
        payment = row.pop("payment", None)
        line, order = begins, {**row, "lines": [row.get("line", {})]}
        order.pop("line", None)
        if payment is not None:
            order["payments"] = [payment]
    if order:
        yield line, order


def _take(api: Api, row: JSON, way: Way) -> Outcome:
    wanted = dict(row)
    named = wanted.pop("order", None)
    if not isinstance(named, str) or not named.isascii() or not named.isprintable():
        said = {"detail": "`order` is missing: what the other shop calls this order, in printable ASCII"}
        raise RefusedError("POST", "/v1/checkouts", _UNPROCESSABLE, said)
    wanted.setdefault("reference", named)
    if way.dry:
        return Outcome(new=1)
    _, placed_before = api.carry_out("/v1/checkouts", wanted, key=f"import-{named}")
    return Outcome(there=1) if placed_before else Outcome(new=1)
