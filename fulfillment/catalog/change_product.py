"""Change a product: what it is called, what it costs, whether it is sold. Orders keep what they were placed with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_CHANGEABLE: Final = ("name", "description", "price", "currency", "when_short", "available_from", "active")
_CHANGE = text(f"""
UPDATE product AS p SET {", ".join(f"{name} = v.{name}" for name in _CHANGEABLE)}
  FROM (SELECT n.* FROM product o, jsonb_populate_record(o, CAST(:changes AS jsonb)) AS n WHERE o.sku = :sku FOR UPDATE OF o)
       AS v WHERE p.sku = :sku RETURNING p.id
""")  # noqa: S608 - our own names only
# Repeated where it is promised from: the sweep tries those who wait once it has come.
_REPEAT = text("""
UPDATE stock AS s SET available_from = p.available_from FROM product p WHERE p.sku = :sku AND s.product_id = p.id
""")


def change_product(session: Session, sku: str, changes: Mapping[str, Any]) -> None:
    """
    Change what is named of name, description, price with currency, when_short, available_from and active; the rest stays.

    One that is not `active` is no longer sold: carts and checkouts refuse it, orders go on with it. Raises NotFound.
    """
    changed = json.dumps(dict(changes), default=datetime.isoformat)
    if session.execute(_CHANGE, {"sku": sku, "changes": changed}).one_or_none() is None:
        raise NotFound(f"no product {sku}", remedy="add it: POST /v1/products")
    if "available_from" in changes:
        session.execute(_REPEAT, {"sku": sku})
