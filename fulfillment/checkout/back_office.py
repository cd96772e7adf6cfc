"""What an order costs that customer service enters: catalog prices, the price of the method, the market's flat tax rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from fulfillment.catalog.shipping_methods import OfferedMethod
from fulfillment.checkout.checkout import Checkout, Destination
from fulfillment.checkout.price import Catalog, price

_WHOLE: Final = 10_000
"""Basis points of a whole: a rate of 2000 is 20 percent."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a market charges beside its goods: its flat tax rate in basis points, and the methods it offers, by code."""

    tax_rate: int
    methods: Mapping[str, OfferedMethod]


def priced_by_tariff(checkout: Checkout, catalog: Catalog, tariff: Tariff) -> Checkout:
    """
    Give a checkout with its shipping and its tax said, whatever they were before.

    Shipping is the price of the method of each destination that something is shipped to. Tax is the market's rate on items
    less discounts plus shipping, rounded once on the whole, half a minor unit up (docs/decisions/0016). Raises Invalid where a
    line has no price, or a discount is larger than what it is taken from.
    """
    goods = replace(
        checkout,
        tax=0,
        lines=[replace(line, tax=0) for line in checkout.lines],
        destinations=[replace(each, shipping=0) for each in checkout.destinations],
    )
    if not goods.lines:
        return goods
    worth: dict[str, int] = {}
    for line in price(goods, catalog).lines:
        if line.needs_shipping:
            worth[line.part.destination] = worth.get(line.part.destination, 0) + line.amount
    destinations = [replace(each, shipping=_shipping(each, worth, tariff)) for each in goods.destinations]
    return taxed(replace(goods, destinations=destinations), catalog, tariff)


def taxed(checkout: Checkout, catalog: Catalog, tariff: Tariff) -> Checkout:
    """Give a checkout with its tax said anew, after its discounts or its shipping have changed."""
    net = price(replace(checkout, tax=0), catalog).total
    return replace(checkout, tax=by_rate(net, tariff.tax_rate))


def by_rate(net: int, rate: int) -> int:
    """Give the tax on an amount at a rate in basis points, rounded half a minor unit up."""
    return (net * rate + _WHOLE // 2) // _WHOLE


def _shipping(destination: Destination, worth: Mapping[str, int], tariff: Tariff) -> int:
    method = tariff.methods.get(destination.shipping_method or "")
    return method.price_for(worth[destination.key]) if method is not None and destination.key in worth else 0


def destinations_shipped_to(checkout: Checkout, catalog: Catalog) -> set[str]:
    """Give the keys of the destinations that an item goes to by a carrier."""
    return {
        part.destination
        for line in checkout.lines
        if not line.manual and line.sku in catalog.products and catalog.products[line.sku].needs_shipping
        for part in line.all_parts
    }
