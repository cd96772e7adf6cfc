"""A picklist in somebody's hands, for tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from api_client import Caller
from builders import Shop, rows, work_off

_SCANS = itertools.count(1)


@dataclass
class Walked:
    """A picklist and the shop it is in."""

    shop: Shop
    id: int
    orders: list[int]

    @property
    def path(self) -> str:
        return f"/v1/picklists/{self.id}"

    def scans(self, who: Caller, code: str, quantity: int = 1, **more: Any) -> tuple[int, Any]:
        """Scan; give 200 and the pieces left, or the status and the guard that refused."""
        body = {"scan_id": f"s{next(_SCANS)}", "code": code, "quantity": quantity, **more}
        answer = who.post(f"{self.path}/scans", body)
        if answer.status_code == 200:
            return 200, answer.json["left"]
        assert answer.json["remedy"], answer.text
        return answer.status_code, answer.json["guard"]

    def picked(self) -> list[int]:
        found = rows(
            self.shop.services,
            "SELECT l.picked FROM line_item l JOIN shipment s ON s.id = l.shipment_id WHERE s.picklist_id = :id ORDER BY l.id",
            id=self.id,
        )
        return [picked for (picked,) in found]


def walked(shop: Shop, *orders: int) -> Walked:
    """Put released orders on one picklist."""
    picklist_id, _ = shop.picklists(*orders)
    work_off(shop.services)
    return Walked(shop, picklist_id, list(orders))
