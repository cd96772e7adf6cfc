"""What people call the parts of an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def names_of(order: Mapping[str, Any]) -> Mapping[tuple[str, int], str]:
    """Give what the parts of an order are called, by what they are and their id."""
    shipments = {("shipment", each["id"]): f"shipment {each['number']}" for each in order["shipments"]}
    payments = {("payment", each["id"]): f"payment {each['position']}" for each in order["payments"]}
    lines = {("line", line["id"]): line["sku"] for each in order["shipments"] for line in each["lines"]}
    return {**shipments, **payments, **lines}
