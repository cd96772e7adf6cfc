"""A sale as the API takes it."""

from __future__ import annotations

from typing import Final

from fulfillment.client.api import JSON
from fulfillment.replay.countries import CODES, UNKNOWN
from fulfillment.replay.invoices import CURRENCY, Sale, SoldLine, pence
from fulfillment.replay.opening import MARKET

_CARD: Final = "tok_ok"


def checkout(sale: Sale) -> JSON:
    """
    Write the checkout of a sale. The same sale always gives the same, so that it can be sent again under the same key.

    The history knows neither names, streets nor e-mail addresses: customers are called by their number, and no mail
    goes out.
    """
    body: JSON = {
        "market": MARKET,
        "reference": sale.invoice,
        "ship_to": {
            "name": _name(sale),
            "line1": "Address not in the history",
            "city": sale.country or "Unspecified",
            "country": CODES.get(sale.country, UNKNOWN),
        },
        "lines": [_line(line) for line in sale.lines],
        "payments": [{"method": "card", "token": _CARD}],
    }
    if sale.customer is not None:
        body["customer"] = {"name": _name(sale)}
    if sale.shipping:
        body["shipping"] = money(sale.shipping)
    if sale.discount:
        body["discount"] = money(sale.discount)
    return body


def money(amount: int) -> JSON:
    """Write pence as the API does."""
    return {"amount": amount, "currency": CURRENCY}


def _name(sale: Sale) -> str:
    return "Customer" if sale.customer is None else f"Customer {sale.customer}"


def _line(line: SoldLine) -> JSON:
    row = line.row
    body: JSON = {
        "sku": row.sku,
        "name": row.name or row.sku,
        "quantity": row.quantity,
        "price": money(pence(row) // row.quantity),
    }
    return {**body, "manual": True} if line.manual else body
