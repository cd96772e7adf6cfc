"""Picklists as pickers choose among them: whose, and how far. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import NotFound

_COLUMNS: Final = "p.id, p.status, w.code AS warehouse, p.created_at, p.claimed_by, p.claimed_until"
_TABLES: Final = "picklist p JOIN warehouse w ON w.id = p.warehouse_id"
_HEAD = text(f"SELECT {_COLUMNS} FROM {_TABLES} WHERE p.id = :id")  # noqa: S608 - our own names only
_COUNTED: Final = """
SELECT h.*, count(DISTINCT s.id) AS shipments, count(DISTINCT s.id) FILTER (WHERE s.status = 'shipped') AS shipped,
       coalesce(sum(l.quantity), 0)::bigint AS pieces, coalesce(sum(l.picked), 0)::bigint AS picked
  FROM h LEFT JOIN shipment s ON s.picklist_id = h.id AND s.status <> 'canceled'
       LEFT JOIN line_item l ON l.shipment_id = s.id AND l.product_id IS NOT NULL
 GROUP BY h.id, h.status, h.warehouse, h.created_at, h.claimed_by, h.claimed_until ORDER BY h.created_at DESC, h.id DESC
"""
_COUNTED_HEAD = text(f"WITH h AS (SELECT {_COLUMNS} FROM {_TABLES} WHERE p.id = :id) {_COUNTED}")  # noqa: S608 - our own names only


@dataclass(frozen=True, slots=True)
class PicklistFilter:
    """What a list of picklists is narrowed to; None leaves a column open. `only` are the caller's warehouses."""

    status: str | None = None
    warehouse: str | None = None
    claimed: bool | None = None
    only: Iterable[str] | None = None


def picklist_head(session: Session, picklist_id: int, *, counted: bool = False) -> RowMapping:
    """Give a picklist without its lines, with its progress where that is asked for. Raises NotFound."""
    statement = _COUNTED_HEAD if counted else _HEAD
    row = session.execute(statement, {"id": picklist_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no picklist {picklist_id}")
    return row


def list_picklists(
    session: Session,
    wanted: PicklistFilter,
    *,
    at: datetime,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """List picklists with their progress, the latest first; `before` are the moment and the id of the last one seen."""
    asked: list[tuple[str, str, Any]] = [
        ("p.status = :status", "status", wanted.status),
        ("w.code = :warehouse", "warehouse", wanted.warehouse),
        ("w.code = ANY (CAST(:only AS text[]))", "only", None if wanted.only is None else sorted(wanted.only)),
        ("coalesce(p.claimed_until > :at, false) = :claimed", "claimed", wanted.claimed),
        ("(p.created_at, p.id) < (:before, :last)", "before", None if before is None else before[0]),
    ]
    asked = [each for each in asked if each[2] is not None]
    where = f" WHERE {' AND '.join(condition for condition, _, _ in asked)}" if asked else ""
    head = f"SELECT {_COLUMNS} FROM {_TABLES}{where} ORDER BY p.created_at DESC, p.id DESC LIMIT :limit"  # noqa: S608 - our own names only
    parameters = {name: value for _, name, value in asked} | {"limit": limit}
    if wanted.claimed is not None:
        parameters["at"] = at
    if before is not None:
        parameters["last"] = before[1]
    return session.execute(text(f"WITH h AS ({head}) {_COUNTED}"), parameters).mappings().all()
