"""The floor: takes what is released, in picklists as large as they may be, and completes them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from fulfillment.client.connection import Connection

MOST_ON_PICKLIST: Final = 500
_PAGE: Final = 200
_OK: Final = 200
_ACCEPTED: Final = (200, 201, 202)


@dataclass(slots=True)
class _Picklist:
    id: int
    operation: int
    shipments: list[int]


@dataclass(slots=True)
class Floor:
    """One crew with one connection, of one warehouse or of all. Call `work` over and over."""

    api: Connection
    warehouse: str | None = None
    _asked: set[int] = field(default_factory=set)
    _waiting: list[_Picklist] = field(default_factory=list)

    def work(self) -> int:
        """Put what is released on picklists, complete those that are packed; give how many shipments were found."""
        self._complete_packed()
        by_warehouse: dict[str, list[int]] = defaultdict(list)
        for shipment in self._released():
            by_warehouse[shipment["warehouse"]].append(shipment["id"])
        for ids in by_warehouse.values():
            self._ask_for_picklist(ids)
        return sum(map(len, by_warehouse.values()))

    def _released(self) -> Iterator[dict[str, Any]]:
        """What is released and was not asked for yet: as much as one picklist takes."""
        asked = {"status": "released", "limit": _PAGE, "lines": "false"}
        if self.warehouse is not None:
            asked["warehouse"] = self.warehouse
        path: str | None = "/v1/shipments?" + urlencode(asked)
        found = 0
        while path is not None and found < MOST_ON_PICKLIST:
            page = self.api.get(path).expect(_OK)
            for shipment in page["shipments"]:
                if shipment["id"] not in self._asked and found < MOST_ON_PICKLIST:
                    found += 1
                    yield shipment
            path = page.get("next")

    def _ask_for_picklist(self, ids: list[int]) -> None:
        answer = self.api.post("/v1/picklists", {"shipment_ids": ids})
        if answer.status in _ACCEPTED:  # else something was canceled or held meanwhile: the next list leaves it out
            said = answer.json
            self._asked.update(ids)
            self._waiting.append(_Picklist(said["result"]["picklist_id"], said["id"], ids))

    def _complete_packed(self) -> None:
        still = []
        for picklist in self._waiting:
            operation = self.api.get(f"/v1/operations/{picklist.operation}").expect(_OK)
            if operation["finished_at"] is None:
                still.append(picklist)
                continue
            self._asked.difference_update(picklist.shipments)  # packing now; what was refused may be asked for again
            self.api.post(f"/v1/picklists/{picklist.id}/completion", {"confirm_all": True}).expect(*_ACCEPTED)
        self._waiting = still


def keep_working(floor: Floor, *, pause: float, until: Any) -> None:
    """Work until told to stop; after less than a full picklist wait `pause` seconds, so that the next one is larger."""
    while not until():
        if floor.work() < MOST_ON_PICKLIST:
            time.sleep(pause)
