"""Choose shipments that may be picked: by id, or by what they have in common, in the order in which they are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.states import ShipmentStatus

_COLUMNS: Final = """
SELECT s.id, s.order_id, s.status, s.warehouse_id, s.shipping_method, s.ship_to ->> 'country' AS country,
       (SELECT coalesce(sum(l.quantity), 0) FROM line_item l
         WHERE l.shipment_id = s.id AND l.product_id IS NOT NULL)::bigint AS pieces
  FROM shipment s JOIN purchase_order o ON o.id = s.order_id JOIN market m ON m.id = o.market_id
       LEFT JOIN warehouse w ON w.id = s.warehouse_id
"""
_ORDER: Final = " ORDER BY o.priority DESC, o.covered_at, s.id"
_NAMED = text(f"{_COLUMNS} WHERE s.id = ANY (CAST(:ids AS bigint[])) {_ORDER}")
_FOUND = text(f"""
{_COLUMNS}
 WHERE s.status NOT IN ('shipped', 'canceled') AND s.status = ANY (CAST(:statuses AS text[])) AND o.open_holds = 0
   AND (CAST(:warehouses AS text[]) IS NULL OR w.code = ANY (CAST(:warehouses AS text[])))
   AND (CAST(:only AS text[]) IS NULL OR w.code = ANY (CAST(:only AS text[])))
   AND (CAST(:markets AS text[]) IS NULL OR m.code = ANY (CAST(:markets AS text[])))
   AND (CAST(:methods AS text[]) IS NULL OR s.shipping_method = ANY (CAST(:methods AS text[])))
   AND (CAST(:countries AS text[]) IS NULL OR s.ship_to ->> 'country' = ANY (CAST(:countries AS text[])))
   AND (CAST(:cut_off AS timestamptz) IS NULL OR o.covered_at <= :cut_off)
 {_ORDER} LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Which shipments; what is left out leaves all in. Those on hold are never chosen.

    `cut_off` leaves out what was covered later: it goes with the next truck. `only` are the caller's warehouses.
    """

    warehouses: Sequence[str] | None = None
    markets: Sequence[str] | None = None
    shipping_methods: Sequence[str] | None = None
    countries: Sequence[str] | None = None
    cut_off: datetime | None = None
    only: Iterable[str] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A shipment that may be picked, and by what it may be told from others. `pieces` are those on shelves."""

    id: int
    order_id: int
    status: str
    warehouse_id: int
    shipping_method: str | None
    country: str | None
    pieces: int


def choose(session: Session, choice: Choice, *, unreleased: bool, most: int) -> list[Chosen]:
    """Give the first shipments that are released, or (`unreleased`) have their inventory, by priority, then first covered."""
    asked: dict[str, Any] = {
        "statuses": _statuses(unreleased=unreleased),
        "warehouses": _listed(choice.warehouses),
        "only": _listed(choice.only),
        "markets": _listed(choice.markets),
        "methods": _listed(choice.shipping_methods),
        "countries": _listed(choice.countries),
        "cut_off": choice.cut_off,
        "most": most,
    }
    return [Chosen(*row) for row in session.execute(_FOUND, asked)]


def named(session: Session, shipment_ids: Sequence[int], *, unreleased: bool) -> list[Chosen]:
    """
    Give these shipments, in the same order.

    Raises NotFound for one that does not exist, Conflict for those that are not released, or have no inventory yet.
    """
    rows = session.execute(_NAMED, {"ids": sorted(set(shipment_ids))}).all()
    if missing := sorted(set(shipment_ids) - {row.id for row in rows}):
        raise NotFound(f"no shipment {', '.join(map(str, missing[:20]))}", members={"missing": missing})
    statuses = _statuses(unreleased=unreleased)
    if unready := [row.id for row in rows if row.status not in statuses or row.warehouse_id is None]:
        raise Conflict(
            f"not {' or '.join(statuses)}: shipment {', '.join(map(str, unready[:20]))}",
            code="status",
            guard="status",
            remedy="leave them out",
            members={"shipment_ids": unready},
        )
    return [Chosen(*row) for row in rows]


def _statuses(*, unreleased: bool) -> list[str]:
    statuses = [ShipmentStatus.RELEASED, *([ShipmentStatus.INVENTORY_ASSIGNED] if unreleased else [])]
    return [str(each) for each in statuses]


def _listed(names: Iterable[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
