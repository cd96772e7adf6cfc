"""Before the first invoice: the market, the warehouse, the catalog, and enough on the shelves."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from fulfillment.client.api import JSON, Api
from fulfillment.replay.invoices import CURRENCY, Sale
from fulfillment.replay.rows import Row

T = TypeVar("T")

MARKET: Final = "ONLINE-RETAIL"
WAREHOUSE: Final = "ONLINE-RETAIL"
_MOST_AT_ONCE: Final = 500
_MOST_ASKED: Final = 100


def open_shop(api: Api, sales: Sequence[Sale], missing: Sequence[Sale]) -> None:
    """Make sure that everything these sales need exists, and that the units of the `missing` ones are there."""
    market = {"code": MARKET, "name": "Online Retail", "currency": CURRENCY, "releases_automatically": True}
    if not any(each["code"] == MARKET for each in api.all("/v1/markets")):
        api.post("/v1/markets", market, key=_key("market", market))
    warehouses = api.all("/v1/warehouses")
    if not any(each["code"] == WAREHOUSE for each in warehouses):
        priority = max((each["priority"] for each in warehouses), default=0) + 1
        warehouse = {"code": WAREHOUSE, "name": "Online Retail", "priority": priority}
        api.post("/v1/warehouses", warehouse, key=_key("warehouse", warehouse))
    _add_products(api, sales)
    _receive(api, missing)


def _add_products(api: Api, sales: Sequence[Sale]) -> None:
    """Add the products that are not there yet. The name of one is the first that any row gives it."""
    names: dict[str, str] = {}
    for row in _goods(sales):
        names[row.sku] = names.get(row.sku) or row.name
    there = {product["sku"] for product in api.all("/v1/products")}
    new = [{"sku": sku, "name": name or sku} for sku, name in sorted(names.items()) if sku not in there]
    for some in _chunks(new, _MOST_AT_ONCE):
        body: JSON = {"products": some}
        api.post("/v1/products", body, key=_key("products", body))


def _receive(api: Api, missing: Sequence[Sale]) -> None:
    """
    Receive what the sales still to be placed need beyond what is free on the shelves.

    What was received for an earlier, broken off run is on the shelves, so it is not received again.
    """
    wanted = Counter[str]()
    for row in _goods(missing):
        wanted[row.sku] += row.quantity
    for sku, free in _free(api, wanted).items():
        wanted[sku] -= free
    short = [{"sku": sku, "quantity": quantity} for sku, quantity in sorted(wanted.items()) if quantity > 0]
    for some in _chunks(short, _MOST_AT_ONCE):
        body: JSON = {"warehouse": WAREHOUSE, "lines": some}
        api.post("/v1/inventory/receipts", body, key=_key("receipt", body, [sale.invoice for sale in missing]))


def _free(api: Api, skus: Iterable[str]) -> Mapping[str, int]:
    """Pieces in our warehouse that neither an order holds nor one waits for, by SKU."""
    free: dict[str, int] = {}
    for some in _chunks(sorted(skus), _MOST_ASKED):
        for stock in api.all("/v1/inventory", sku=some):
            here = sum(each["available"] for each in stock["warehouses"] if each["warehouse"] == WAREHOUSE)
            free[stock["sku"]] = here - stock["waiting"]
    return free


def _goods(sales: Iterable[Sale]) -> Iterator[Row]:
    return (line.row for sale in sales for line in sale.lines if not line.manual)


def _chunks(items: Sequence[T], most: int) -> Iterator[list[T]]:
    return (list(items[start : start + most]) for start in range(0, len(items), most))


def _key(what: str, *content: object) -> str:
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"replay-{what}-{digest[:32]}"
