"""What has a person look at an order before it moves on: a market's rules, evaluated as the order is placed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fulfillment.catalog.hold_rules import (
    AddressesDiffer,
    EmailDomain,
    HoldRule,
    QuantityOver,
    TotalOver,
    kind_of,
)
from fulfillment.checkout.checkout import Checkout
from fulfillment.checkout.price import Priced


def reasons(rules: Sequence[HoldRule], checkout: Checkout, priced: Priced) -> dict[str, list[str]]:
    """Give the reasons for holding this checkout's order, each with the kinds of rules that named it; in the rules' order."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if _applies(rule, checkout, priced):
            found.setdefault(rule.reason, []).append(kind_of(rule))
    return found


def _applies(rule: HoldRule, checkout: Checkout, priced: Priced) -> bool:
    match rule:
        case TotalOver():
            return priced.total > rule.amount
        case AddressesDiffer():
            return _ships_elsewhere(checkout, priced)
        case QuantityOver():
            return max(_pieces(checkout).values(), default=0) > rule.quantity
        case EmailDomain():
            _, _, domain = (checkout.customer_email or "").rpartition("@")
            return domain.lower() in {each.lower() for each in rule.domains}


def _ships_elsewhere(checkout: Checkout, priced: Priced) -> bool:
    """Whether something goes to an address that is nobody's who pays; without a billing address there is none to differ."""
    used = {line.part.destination for line in priced.lines if line.needs_shipping}
    billed = [_place(form.bill_to) for form in checkout.forms if form.bill_to]
    shipped = [_place(each.ship_to) for each in checkout.destinations if each.ship_to and each.key in used]
    return bool(billed) and any(place not in billed for place in shipped)


def _place(address: Mapping[str, Any]) -> tuple[str, ...]:
    """Where it is, however it is written; who lives there makes no difference."""
    parts = ("line1", "line2", "city", "region", "postal_code", "country")
    return tuple("".join(str(address.get(part) or "").split()).casefold() for part in parts)


def _pieces(checkout: Checkout) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for line in checkout.lines:
        if not line.manual:
            pieces[line.sku] += line.quantity
    return pieces
