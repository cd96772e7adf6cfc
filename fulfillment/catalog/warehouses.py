"""Warehouses: where stock lies, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class NewWarehouse:
    """A warehouse as it is added. The lowest `priority` is tried first; no two have the same."""

    code: str
    name: str
    priority: int
    allows_confirm_all: bool = True


_ADD = text("""
INSERT INTO warehouse (code, name, priority, allows_confirm_all)
VALUES (:code, :name, :priority, :allows_confirm_all) ON CONFLICT DO NOTHING RETURNING id
""")
_ONE = text("SELECT code, name, priority, allows_confirm_all FROM warehouse WHERE code = :code")
_ALL = text("""
SELECT code, name, priority, allows_confirm_all FROM warehouse WHERE code > :after ORDER BY code LIMIT :limit
""")
_ID = text("SELECT id FROM warehouse WHERE code = :code")


def add_warehouse(session: Session, warehouse: NewWarehouse) -> bool:
    """
    Add a warehouse; give False where it is there already, just like this.

    Raises Conflict where its code or its priority is taken.
    """
    if session.execute(_ADD, asdict(warehouse)).one_or_none() is not None:
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


def warehouse_id(session: Session, code: str) -> int:
    """Give the id of a warehouse. Raises Invalid where there is none."""
    found: int | None = session.execute(_ID, {"code": code}).scalar_one_or_none()
    if found is None:
        raise Invalid(f"no warehouse {code}", code="unknown_warehouse", members={"warehouse": code})
    return found


def list_warehouses(session: Session, *, after: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """List warehouses by code; `after` is the last one seen."""
    return session.execute(_ALL, {"after": after, "limit": limit}).mappings().all()
