"""Deliveries as they are shown: what is expected when, and how much of it came. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_SELECT = """
SELECT d.id, w.code AS warehouse, d.supplier, d.reference, d.expected_on, d.status, d.created_at, d.created_by, d.ended_at,
       (SELECT sum(l.expected)::bigint FROM inbound_line l WHERE l.delivery_id = d.id) AS expected,
       (SELECT sum(l.received)::bigint FROM inbound_line l WHERE l.delivery_id = d.id) AS received
  FROM inbound_delivery d JOIN warehouse w ON w.id = d.warehouse_id
"""
_ONE = text(f"{_SELECT} WHERE d.id = :id")
_PAGE = text(f"""{_SELECT}
 WHERE (d.expected_on, d.id) > (CAST(:day AS date), CAST(:last AS bigint))
   AND (CAST(:status AS text) IS NULL OR d.status = CAST(:status AS text))
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
   AND (CAST(:sku AS text) IS NULL
        OR EXISTS (SELECT FROM inbound_line l JOIN product p ON p.id = l.product_id
                    WHERE l.delivery_id = d.id AND p.sku = CAST(:sku AS text)))
 ORDER BY d.expected_on, d.id LIMIT :limit
""")
_LINES = text("""
SELECT p.sku, p.name, l.expected, l.received FROM inbound_line l JOIN product p ON p.id = l.product_id
 WHERE l.delivery_id = :id ORDER BY p.sku
""")


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries; what is None is not asked. `only` are the caller's warehouses."""

    status: str | None = None
    sku: str | None = None
    only: Iterable[str] | None = None


def find_delivery(session: Session, delivery_id: int) -> tuple[RowMapping, Sequence[RowMapping]]:
    """Give a delivery and its lines. Raises NotFound."""
    row = session.execute(_ONE, {"id": delivery_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no inbound delivery {delivery_id}")
    return row, session.execute(_LINES, {"id": delivery_id}).mappings().all()


def list_deliveries(
    session: Session, wanted: DeliveryFilter, *, after: tuple[date, int] = (date.min, 0), limit: int = 50
) -> Sequence[RowMapping]:
    """List deliveries by the day they are expected on; `after` are day and id of the last one seen."""
    asked = {
        "status": wanted.status,
        "sku": wanted.sku,
        "only": None if wanted.only is None else sorted(wanted.only),
        "day": after[0],
        "last": after[1],
        "limit": limit,
    }
    return session.execute(_PAGE, asked).mappings().all()
