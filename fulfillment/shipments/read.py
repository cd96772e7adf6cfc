"""Shipments and picklists as the floor sees them: no money, no e-mail addresses. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_HEAD: Final = """
SELECT s.id, s.number, o.number AS order_number, s.status, o.open_holds > 0 AS on_hold, s.needs_shipping, s.ship_to,
       s.shipping_method, s.picklist_id, s.tracking_number, s.shipped_at, s.status_since, w.code AS warehouse,
       m.code AS market, o.priority, s.order_id
  FROM shipment s JOIN purchase_order o ON o.id = s.order_id JOIN market m ON m.id = o.market_id
       LEFT JOIN warehouse w ON w.id = s.warehouse_id
"""
_ONE = text(_HEAD + " WHERE s.id = :id")
_LINES = text("""
SELECT l.id, l.shipment_id, l.position, l.sku, l.name, l.product_id, l.quantity, l.allocated, l.picked, l.options, l.gift_message,
       coalesce(d.status, 'none') AS delivery_state
  FROM line_item l LEFT JOIN item_delivery d ON d.id = l.id
 WHERE l.shipment_id = ANY (CAST(:ids AS bigint[])) ORDER BY l.shipment_id, l.position
""")
_SHIPMENT_OF_LINE = text("SELECT shipment_id FROM line_item WHERE id = :id")
_PICKLIST = text("""
SELECT p.id, p.status, p.created_at, p.created_by, p.completed_at, w.code AS warehouse, w.allows_confirm_all
  FROM picklist p JOIN warehouse w ON w.id = p.warehouse_id WHERE p.id = :id
""")
_ON_PICKLIST = text("SELECT id, number, status FROM shipment WHERE picklist_id = :id ORDER BY id")
_WAREHOUSES = text("""
SELECT s.id, w.code FROM shipment s LEFT JOIN warehouse w ON w.id = s.warehouse_id
 WHERE s.id = ANY (CAST(:ids AS bigint[]))
""")


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """What a list of shipments is narrowed to; None leaves a column open. `only` are the caller's warehouses."""

    status: str | None = None
    market: str | None = None
    warehouse: str | None = None
    only: Iterable[str] | None = None


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment and its lines; None where they were not asked for."""

    shipment: RowMapping
    lines: Sequence[RowMapping] | None


@dataclass(frozen=True, slots=True)
class PicklistView:
    """A picklist, the shipments on it and everything to be picked for them."""

    picklist: RowMapping
    shipments: Sequence[RowMapping]
    lines: Sequence[RowMapping]


def list_shipments(
    session: Session, wanted: ShipmentFilter, *, after: int | None = None, limit: int = 50, with_lines: bool = True
) -> list[ShipmentView]:
    """List shipments by id; `after` is the id of the last one seen. Without lines it is cheap: for whoever only counts."""
    asked: list[tuple[str, str, Any]] = [
        ("s.status = :status", "status", wanted.status),
        ("m.code = :market", "market", wanted.market),
        ("w.code = :warehouse", "warehouse", wanted.warehouse),
        ("w.code = ANY (CAST(:only AS text[]))", "only", None if wanted.only is None else sorted(wanted.only)),
        ("s.id > :after", "after", after),
    ]
    asked = [each for each in asked if each[2] is not None]
    where = f" WHERE {' AND '.join(condition for condition, _, _ in asked)}" if asked else ""
    parameters = {name: value for _, name, value in asked} | {"limit": limit}
    rows = session.execute(text(f"{_HEAD}{where} ORDER BY s.id LIMIT :limit"), parameters).mappings().all()
    return _with_lines(session, rows) if with_lines else [ShipmentView(row, None) for row in rows]


def find_shipment(session: Session, shipment_id: int) -> ShipmentView:
    """Give one shipment. Raises NotFound."""
    rows = session.execute(_ONE, {"id": shipment_id}).mappings().all()
    if not rows:
        raise NotFound(f"no shipment {shipment_id}")
    return _with_lines(session, rows)[0]


def shipment_of_line(session: Session, line_id: int) -> int:
    """Give the shipment a line item is in. Raises NotFound."""
    found: int | None = session.execute(_SHIPMENT_OF_LINE, {"id": line_id}).scalar_one_or_none()
    if found is None:
        raise NotFound(f"no line {line_id}")
    return found


def find_picklist(session: Session, picklist_id: int) -> PicklistView:
    """Give one picklist. Raises NotFound."""
    picklist = session.execute(_PICKLIST, {"id": picklist_id}).mappings().one_or_none()
    if picklist is None:
        raise NotFound(f"no picklist {picklist_id}")
    shipments = session.execute(_ON_PICKLIST, {"id": picklist_id}).mappings().all()
    return PicklistView(picklist, shipments, _lines(session, [shipment["id"] for shipment in shipments]))


def warehouses_of(session: Session, shipment_ids: Sequence[int]) -> dict[int, str | None]:
    """Give the warehouse (by code) of each shipment that exists."""
    return {row.id: row.code for row in session.execute(_WAREHOUSES, {"ids": list(shipment_ids)})}


def _with_lines(session: Session, shipments: Sequence[RowMapping]) -> list[ShipmentView]:
    lines = _lines(session, [shipment["id"] for shipment in shipments])
    by_shipment: dict[int, list[RowMapping]] = {shipment["id"]: [] for shipment in shipments}
    for line in lines:
        by_shipment[line["shipment_id"]].append(line)
    return [ShipmentView(shipment, by_shipment[shipment["id"]]) for shipment in shipments]


def _lines(session: Session, shipment_ids: Sequence[int]) -> Sequence[RowMapping]:
    return session.execute(_LINES, {"ids": list(shipment_ids)}).mappings().all()
