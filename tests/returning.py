"""Goods on their way back, for tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from api_client import Caller
from builders import Shop, rows

_SCANS = itertools.count(1)


@dataclass
class Back:
    """A return, and those who work on it."""

    path: str
    csr: Caller
    warehouse: Caller

    def arrives(self, code: str, quantity: int = 1, **more: Any) -> Any:
        """Receive pieces at warehouse A; give the answer."""
        body = {"scan_id": f"r{next(_SCANS)}", "warehouse": "A", "code": code, "quantity": quantity, **more}
        return self.warehouse.post(f"{self.path}/receipts", body)

    def becomes(self, disposition: str, code: str, quantity: int = 1, **more: Any) -> Any:
        """Say at warehouse A what becomes of pieces; give the answer."""
        body = {"scan_id": f"r{next(_SCANS)}", "warehouse": "A", "code": code, "quantity": quantity, **more}
        return self.warehouse.post(f"{self.path}/decisions", {**body, "disposition": disposition})

    @property
    def shown(self) -> Any:
        return self.csr.get(self.path).json


def line_ids(shop: Shop, order_id: int) -> dict[str, int]:
    """The line items of an order by SKU."""
    found = rows(shop.services, "SELECT sku, id FROM line_item WHERE order_id = :id", id=order_id)
    return dict(found)


def comes_back(
    shop: Shop,
    csr: Caller,
    warehouse: Caller,
    order_id: int,
    *pieces: tuple[str, int] | tuple[str, int, str],
    **more: Any,
) -> Back:
    """Authorize a return of pieces by SKU, number and reason."""
    answer = asks_back(shop, csr, order_id, *pieces, **more)
    assert answer.status_code == 201, answer.text
    return Back(f"/v1/returns/{answer.json['id']}", csr, warehouse)


def asks_back(
    shop: Shop, who: Caller, order_id: int, *pieces: tuple[str, int] | tuple[str, int, str], **more: Any
) -> Any:
    """Ask for a return of pieces by SKU, number and reason; give the answer."""
    lines = line_ids(shop, order_id)
    listed = [
        {"line_id": lines[sku], "quantity": quantity, "reason": rest[0] if rest else "changed_mind"}
        for sku, quantity, *rest in pieces
    ]
    [(number,)] = rows(shop.services, "SELECT number FROM purchase_order WHERE id = :id", id=order_id)
    return who.post("/v1/returns", {"order": number, "lines": listed, "notify_customer": False, **more})
