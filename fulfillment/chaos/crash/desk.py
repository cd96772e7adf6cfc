"""A person at the API who does not give up: what was cut off is repeated under the same key until an answer stands."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar
from urllib.request import Request, urlopen
from uuid import uuid4

import psycopg

from fulfillment.chaos.accepted import Accepted
from fulfillment.client import carts
from fulfillment.client.connection import Answer, Connection
from fulfillment.client.store import MARKET, WAREHOUSE, Store

_PAUSE_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 600.0
_LONGEST_SECONDS: Final = 3600.0
"""A row that kills whoever works on it is put aside before: forty hand-outs, of which each lasts twice as long up to a minute."""

_FIRST_DEFECT: Final = 500
_FIRST_REFUSAL: Final = 300
STILL_RUNNING: Final = "/problems/idempotency_key_in_use"
"""The type of the answer to what is sent again while the first of it is still being worked on."""

_DAYS_LATER: Final = """
UPDATE return_order SET created_at = created_at - make_interval(days => %(days)s),
       expires_at = expires_at - make_interval(days => %(days)s)
 WHERE id = %(id)s
"""

Found = TypeVar("Found")


class StoryStuck(Exception):
    """What a story waited for did not come about."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its customer was told of it."""

    told: Accepted

    @property
    def path(self) -> str:
        """Where it stands in the API."""
        return f"/v1/orders/{self.told.number}"


class Desk:
    """One connection with every right. Use it as a context manager; what was accepted is in `accepted`."""

    def __init__(
        self,
        store: Store,
        *,
        carrier_url: str | None = None,
        database_url: str | None = None,
        patience: float = _PATIENCE_SECONDS,
        at_work: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        `patience` is in seconds, for each thing that is waited for; it begins anew while the system is `at_work`.

        The carrier is needed where parcels travel, the database where days go by.
        """
        self._carrier_url = carrier_url
        self._database_url = database_url
        self._api: Connection = store.admin()
        self._patience = patience
        self._at_work = at_work
        self.accepted: list[Accepted] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.close()

    def check_out(
        self,
        *skus: str,
        token: str = "tok_ok",  # noqa: S107 - a name, no secret
        market: str = MARKET,
        by: str | None = None,
    ) -> Order:
        """Place an order of one piece of each, which goes `by` a shipping method."""
        body = carts.checkout(random.Random(), skus, lines=len(skus))
        body |= {"market": market, "payments": [{"method": "card", "token": token}]}
        if by is not None:
            body |= {"shipping_method": by}
        key = uuid4().hex
        said = self.post("/v1/checkouts", body, key=key)
        return self.accept(key, said["number"], said["total"]["amount"], pieces=len(skus))

    def accept(self, key: str, number: str, total: int, *, pieces: int) -> Order:
        """Take down that an order was accepted, with its total in minor units: from here on it must not be lost."""
        order = Order(Accepted(key=key, number=number, total=total, pieces=pieces))
        self.accepted.append(order.told)
        return order

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Any:
        """Command, and give what was answered. Raises StoryStuck for a refusal, and where no answer ever stands."""
        key = key or uuid4().hex
        return self._insist(f"POST {path}", lambda: self._api.post(path, body, key=key))

    def change(self, path: str, body: Mapping[str, Any]) -> Any:
        """Set something to what it shall be; it may be set twice."""
        return self._insist(f"PATCH {path}", lambda: self._api.patch(path, body))

    def get(self, path: str) -> Any:
        """Read."""
        return self._insist(f"GET {path}", lambda: self._api.get(path))

    def finish(self, path: str, body: Mapping[str, Any]) -> Any:
        """Command, and wait for the steps that it leads to; give the operation."""
        operation = self.post(path, body)
        if "finished_at" not in operation:
            return operation
        link = f"/v1/operations/{operation['id']}"
        return self.until(f"{path} to be done", lambda: (now := self.get(link))["finished_at"] and now)

    def shipment(self, order: Order, *statuses: str) -> dict[str, Any]:
        """Wait until the first shipment of an order has one of these statuses, and give it."""

        def look() -> dict[str, Any] | None:
            first: dict[str, Any] = self.get(order.path)["shipments"][0]
            return first if first["status"] in statuses else None

        return self.until(f"a shipment of {order.told.number} to be {' or '.join(statuses)}", look)

    def paid(self, order: Order, status: str) -> dict[str, Any]:
        """Wait until an order has this payment status, and give it."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.get(order.path)
            return found if found["payment_status"] == status else None

        return self.until(f"{order.told.number} to be {status}", look)

    def told(self, order: Order, verb: str) -> None:
        """Wait until the timeline of an order tells of something."""

        def look() -> bool:
            return any(each["verb"] == verb for each in self.get(f"{order.path}/timeline?limit=200")["entries"])

        self.until(f"the timeline of {order.told.number} to tell of {verb}", look)

    def wait_for_goods(self, path: str, *, days: int) -> None:
        """Let so many days go by for a return. Time is what no call can bring about: the database is told of it."""
        assert self._database_url is not None
        with psycopg.connect(self._database_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(_DAYS_LATER, {"id": int(path.rsplit("/", 1)[1]), "days": days})

    def pick(self, order: Order) -> str:
        """Put a released order on a picklist of its own; give the picklist's path."""
        shipment = self.shipment(order, "released")
        operation = self.finish("/v1/picklists", {"shipment_ids": [shipment["id"]]})
        self.shipment(order, "packing")
        return f"/v1/picklists/{operation['result']['picklist_id']}"

    def ship(self, order: Order) -> None:
        """Pick and ship a released order."""
        self.finish(f"{self.pick(order)}/completion", {"confirm_all": True})

    def happen(self, parcel: str, state: str) -> None:
        """Let something happen to a parcel, at the carrier's own desk, which tells it until the API has taken it."""
        number = self.get(parcel)["tracking_number"]
        said = json.dumps({"status": state}).encode()
        url = f"{self._carrier_url}/v1/parcels/{number}/events"
        with urlopen(Request(url, said, {"Content-Type": "application/json"}), timeout=60):  # noqa: S310 - ours
            pass
        self.until(f"{parcel} to be {state}", lambda: self.get(parcel)["delivery_state"] == state)

    def receive(self, sku: str) -> None:
        """Put one piece on the shelf."""
        body = {"warehouse": WAREHOUSE, "lines": [{"sku": sku, "quantity": 1}]}
        self.post("/v1/inventory/receipts", body)

    def until(self, what: str, look: Callable[[], Found | None]) -> Found:
        """
        Look over and over until there is something. Raises StoryStuck.

        What is late is not lost: on a busy machine that is killed over and over, a row may be handed out ten times. So
        nobody gives up while anything is due, for an hour at most.
        """
        started = time.monotonic()
        deadline = started + self._patience
        while not (found := look()):
            if time.monotonic() > deadline:
                if not self._at_work() or deadline > started + _LONGEST_SECONDS:
                    return self._look_once_more(what, look)
                deadline += self._patience
            time.sleep(_PAUSE_SECONDS)
        return found

    def _look_once_more(self, what: str, look: Callable[[], Found | None]) -> Found:
        """The last row may have been closed since we looked."""
        if found := look():
            return found
        raise StoryStuck(f"waited in vain for {what}")

    def _insist(self, what: str, ask: Callable[[], Answer]) -> Any:
        answer = self.until(f"an answer to {what}", lambda: _standing(ask))
        if answer.status >= _FIRST_REFUSAL:
            raise StoryStuck(f"{what}: {answer.status} {answer.body[:300].decode(errors='replace')}")
        return answer.json


def pounds(amount: int) -> dict[str, Any]:
    """Write an amount in minor units as the API takes it."""
    return {"amount": amount, "currency": "GBP"}


def _standing(ask: Callable[[], Answer]) -> Answer | None:
    try:
        answer = ask()
    except OSError:
        return None
    if answer.status >= _FIRST_DEFECT:
        return None
    if answer.status >= _FIRST_REFUSAL and answer.json.get("type") == STILL_RUNNING:
        return None
    return answer
