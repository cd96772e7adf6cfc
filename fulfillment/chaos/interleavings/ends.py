"""How an order ended, so that two ends can be compared: all that a person may see of it, and nothing that counts rows."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import text

from fulfillment.chaos.interleavings.acts import Scene

# The orders: the one that is raced for, and those that an exchange made of it.
_ORDERS: Final = """
SELECT o.id FROM purchase_order o WHERE o.id = :id
UNION SELECT e.new_order_id FROM exchange e WHERE e.order_id = :id
"""

_LOOKS: Final = {
    "orders": """
        SELECT o.status, o.payment_status, o.total, o.canceled_amount, o.open_authorized, o.captured, o.manual, o.refunded,
               o.open_holds, o.version, o.id <> :id AS is_new FROM purchase_order o WHERE o.id IN ({orders})""",
    "shipments": "SELECT status, amount, order_id <> :id AS is_new FROM shipment WHERE order_id IN ({orders})",
    "lines": "SELECT sku <> :sku AS is_other, quantity FROM line_item WHERE order_id IN ({orders})",
    "holds": "SELECT status, reason FROM hold WHERE order_id IN ({orders})",
    "payments": "SELECT method, authorized, captured, refunded, voided FROM payment WHERE order_id IN ({orders})",
    "attempts": "SELECT kind, amount, status FROM payment_attempt WHERE order_id IN ({orders})",
    "transfers": "SELECT kind, amount FROM money_transfer WHERE order_id IN ({orders})",
    "stock": "SELECT on_hand, allocated FROM stock WHERE product_id = (SELECT id FROM product WHERE sku = :sku)",
    "returns": "SELECT status, settles_by FROM return_order WHERE order_id IN ({orders})",
    "exchanges": "SELECT status, worth, paid_back FROM exchange WHERE order_id IN ({orders})",
    "work": "SELECT step, dead FROM dispatch WHERE order_id IN ({orders})",
    "timeline": "SELECT subject, verb, before, after FROM timeline WHERE order_id IN ({orders})",
}
_NUMBERS: Final = text(f"SELECT number FROM purchase_order WHERE id IN ({_ORDERS})")  # noqa: S608 - our own names only


def ended(scene: Scene) -> dict[str, Any]:
    """Give what became of an order, as lists that are sorted."""
    found: dict[str, Any] = {}
    named = {"id": scene.order_id, "sku": scene.sku}
    with scene.stage.services.autocommit() as session:
        for name, query in _STATEMENTS.items():
            rows = session.execute(text(query), {key: named[key] for key in named if f":{key}" in query})
            found[name] = sorted(tuple(map(str, row)) for row in rows)
        numbers = set(session.execute(_NUMBERS, {"id": scene.order_id}).scalars())
    mails = [each.headers for each in scene.stage.postbox.mails.values()]
    told = Counter(each["X-Mail-Kind"] for each in mails if each["X-Order-Number"] in numbers)
    return {**found, "mails": sorted(told.items())}


_STATEMENTS: Final = {name: query.format(orders=_ORDERS) for name, query in _LOOKS.items()}


def difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Say in what two ends differ."""
    return "; ".join(f"{name} {one[name]} and not {other[name]}" for name in one if one[name] != other[name])
