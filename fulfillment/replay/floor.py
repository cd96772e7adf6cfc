"""The warehouse's part: what is released goes on picklists, what is on picklists is shipped, until all is paid."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Final

from fulfillment.client.api import JSON, Api, StuckError
from fulfillment.replay.books import Books
from fulfillment.replay.opening import MARKET

_LONGEST_PICKLIST: Final = 500
_PAUSE_SECONDS: Final = 0.2
_CLOSED: Final = frozenset({"completed", "canceled"})
_OPEN_MONEY: Final = frozenset({"unpaid", "declined", "authorized", "partially_paid"})


class Floor:
    """Ships orders. `patience` is how many seconds nothing at all may happen before it gives up."""

    def __init__(self, api: Api, books: Books, *, patience: float, on_settled: Callable[[int], None]) -> None:
        """`on_settled` is told how many more orders are shipped and captured."""
        self._api = api
        self._books = books
        self._patience = patience
        self._on_settled = on_settled

    def ship(self, numbers: Collection[str]) -> None:
        """Ship these orders, and wait until the money of each is captured. Raises StuckError."""
        waiting = set(numbers)
        moved_at, before = time.monotonic(), ""
        released = 0
        while waiting:
            found = self._shipments("released", waiting)
            # A picklist is worth making once no more come; what is being packed is shipped at once.
            if found and len(found) == released:
                self._pick(found)
            released = len(found)
            self._complete(waiting)
            orders = self._orders(waiting)
            settled = {number for number, order in orders.items() if is_settled(order)}
            waiting -= settled
            self._on_settled(len(settled))
            seen = str((released, sorted((n, o["status"], o["payment_status"]) for n, o in orders.items())))
            if seen != before:
                moved_at, before = time.monotonic(), seen
            elif time.monotonic() - moved_at > self._patience:
                raise StuckError(f"nothing moved for {self._patience:g} s: {_told(orders, waiting)}")
            if waiting:
                time.sleep(_PAUSE_SECONDS)

    def _pick(self, shipments: Sequence[JSON]) -> None:
        by_warehouse: dict[str, list[int]] = defaultdict(list)
        for shipment in shipments:
            by_warehouse[shipment["warehouse"]].append(shipment["id"])
        for ids in by_warehouse.values():
            for start in range(0, len(ids), _LONGEST_PICKLIST):
                some = ids[start : start + _LONGEST_PICKLIST]
                self._finish("/v1/picklists", {"shipment_ids": some}, some)

    def _complete(self, waiting: Collection[str]) -> None:
        by_picklist: dict[int, list[int]] = defaultdict(list)
        for shipment in self._shipments("packing", waiting):
            by_picklist[shipment["picklist_id"]].append(shipment["id"])
        for picklist_id, ids in by_picklist.items():
            done = self._finish(f"/v1/picklists/{picklist_id}/completion", {"confirm_all": True}, ids)
            self._books.shipped += done["done"] - len(done["problems"])

    def _finish(self, path: str, body: JSON, shipment_ids: Sequence[int]) -> JSON:
        """Under a key made of the shipments: the same ones are asked for once, whoever was killed meanwhile."""
        digest = hashlib.sha256(repr(sorted(shipment_ids)).encode()).hexdigest()
        return self._api.finish(path, body, key=f"replay-{digest[:32]}", patience=self._patience)

    def _shipments(self, status: str, waiting: Collection[str]) -> list[JSON]:
        return [
            shipment
            for shipment in self._api.all("/v1/shipments", status=status, market=MARKET)
            if shipment["order"] in waiting and not shipment["on_hold"]
        ]

    def _orders(self, wanted: Collection[str]) -> dict[str, JSON]:
        """Look orders up in the list of the market: the latest come first, so these are on its first pages."""
        found: dict[str, JSON] = {}
        for page in self._api.pages("/v1/orders", market=MARKET, archived="any"):
            found |= {order["number"]: order for order in page if order["number"] in wanted}
            if len(found) == len(wanted):
                break
        return found


def is_settled(order: JSON) -> bool:
    """Tell whether an order, as a list shows it, is shipped and its money captured, or canceled."""
    if order["status"] == "canceled":
        return True
    return order["status"] in _CLOSED and order["payment_status"] not in _OPEN_MONEY


def _told(orders: dict[str, JSON], waiting: Collection[str]) -> str:
    some = [orders[number] for number in sorted(waiting)[:5] if number in orders]
    told = [
        f"{order['number']} (invoice {order['reference']}) is {order['status']}, {order['payment_status']}"
        for order in some
    ]
    return f"{len(waiting)} orders, such as {'; '.join(told)}"
