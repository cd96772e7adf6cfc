"""Warehouses: where stock lies, and in which order they are tried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class NewWarehouse:
    """
    A warehouse as it is added. The lowest `priority` is tried first; no two have the same.

    Country (two letters), region and postal code are what `nearest` goes by.
    """

    code: str
    name: str
    priority: int
    allows_confirm_all: bool = True
    country: str | None = None
    region: str | None = None
    postal_code: str | None = None


_CHANGEABLE: Final = ("name", "allows_confirm_all", "country", "region", "postal_code")
_COLUMNS: Final = f"code, priority, {', '.join(_CHANGEABLE)}"
_ADD = text(f"""
INSERT INTO warehouse ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_record(NULL::warehouse, CAST(:row AS jsonb))
ON CONFLICT DO NOTHING RETURNING id
""")  # noqa: S608 - our own names only
_ONE = text(f"SELECT {_COLUMNS} FROM warehouse WHERE code = :code")  # noqa: S608 - our own names only
_ALL = text(f"SELECT {_COLUMNS} FROM warehouse WHERE code > :after ORDER BY code LIMIT :limit")  # noqa: S608 - our own names only
_CHANGE = text(f"""
UPDATE warehouse AS w SET {", ".join(f"{name} = v.{name}" for name in _CHANGEABLE)}
  FROM (SELECT n.* FROM warehouse o, jsonb_populate_record(o, CAST(:changes AS jsonb)) AS n WHERE o.code = :code FOR UPDATE OF o)
       AS v WHERE w.code = :code RETURNING w.id
""")  # noqa: S608 - our own names only
_CODES = text("SELECT id, code FROM warehouse ORDER BY priority")
_ID = text("SELECT id FROM warehouse WHERE code = :code")


def add_warehouse(session: Session, warehouse: NewWarehouse) -> bool:
    """
    Add a warehouse; give False where it is there already, just like this.

    Raises Conflict where its code or its priority is taken.
    """
    if session.execute(_ADD, {"row": json.dumps(asdict(warehouse))}).one_or_none() is not None:
        return True
    there = session.execute(_ONE, {"code": warehouse.code}).mappings().one_or_none()
    if there is None:
        raise Conflict(
            f"another warehouse has priority {warehouse.priority}",
            code="priority_taken",
            remedy="choose another priority: it decides which warehouse is tried first",
        )
    if dict(there) != asdict(warehouse):
        raise Conflict(
            f"warehouse {warehouse.code} is there, and differs", code="warehouse_differs", remedy="choose another code"
        )
    return False


def change_warehouse(session: Session, code: str, changes: Mapping[str, Any]) -> RowMapping:
    """
    Change what a warehouse is called, where it is, and whether all may be confirmed at once; give it.

    What has been sourced stays where it is. Raises NotFound.
    """
    if session.execute(_CHANGE, {"code": code, "changes": json.dumps(dict(changes))}).one_or_none() is None:
        raise NotFound(f"no warehouse {code}", remedy="add it: POST /v1/warehouses")
    return session.execute(_ONE, {"code": code}).mappings().one()


def warehouse_id(session: Session, code: str) -> int:
    """Give the id of a warehouse. Raises Invalid where there is none."""
    found: int | None = session.execute(_ID, {"code": code}).scalar_one_or_none()
    if found is None:
        raise Invalid(f"no warehouse {code}", code="unknown_warehouse", members={"warehouse": code})
    return found


def warehouse_codes(session: Session) -> dict[int, str]:
    """Give the code of each warehouse by id, the first to be tried first."""
    return {row.id: row.code for row in session.execute(_CODES)}


def list_warehouses(session: Session, *, after: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """List warehouses by code; `after` is the last one seen."""
    return session.execute(_ALL, {"after": after, "limit": limit}).mappings().all()
