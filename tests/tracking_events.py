"""A carrier that tells of parcels: events as they come, signed, over HTTP."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

from api_client import Caller, api_of
from builders import Shop, rows
from werkzeug.test import TestResponse

from fulfillment.carriers import make_tracking_readers
from fulfillment.kernel.webhook import secret_bytes, signed_headers

SECRET = "whsec_" + base64.b64encode(b"c" * 32).decode()
PATH = "/webhooks/carriers/simulated"


@dataclass
class Carrier:
    """Tells of parcels, `hours` after noon of the shop's day; each event has an id of its own unless one is given."""

    shop: Shop
    caller: Caller

    def __post_init__(self) -> None:
        self._ids = count(1)

    def tells(self, number: str, status: str, *, hours: float = 0, id: str | None = None, **data: Any) -> TestResponse:  # noqa: A002 - an event's
        happened = self.shop.now + timedelta(hours=hours)
        told = {"tracking_number": number, "status": status, "occurred_at": happened.isoformat(), **data}
        body = json.dumps({"type": "tracking.updated", "data": told}).encode()
        return self.posts(body, id or f"evt_{next(self._ids)}")

    def posts(self, body: bytes, event_id: str, *, ago: int = 0, path: str = PATH, **headers: str) -> TestResponse:
        at = self.shop.now - timedelta(seconds=ago)
        signed = signed_headers(secret_bytes(SECRET), event_id, body, at=at)
        return self.caller.send("POST", path, data=body, headers={**signed, **headers})


def carrier_of(shop: Shop) -> Carrier:
    services = replace(shop.services, tracking_events=make_tracking_readers(SECRET))
    return Carrier(shop, api_of(services).nobody)


def states(shop: Shop, order_id: int) -> dict[str, Any]:
    """Where everything of an order is: the order, its shipments, parcels and items."""
    one = {"id": order_id}
    return {
        "order": rows(shop.services, "SELECT status FROM purchase_order WHERE id = :id", **one)[0][0],
        "shipments": [
            status
            for (status,) in rows(
                shop.services, "SELECT status FROM shipment WHERE order_id = :id ORDER BY number", **one
            )
        ],
        "parcels": [
            status
            for (status,) in rows(
                shop.services,
                "SELECT coalesce(d.status, 'none') FROM parcel p JOIN shipment s ON s.id = p.shipment_id"
                " LEFT JOIN parcel_delivery d ON d.id = p.id WHERE p.order_id = :id ORDER BY s.number, p.position",
                **one,
            )
        ],
        "items": dict(
            rows(
                shop.services,
                "SELECT l.sku, coalesce(d.status, 'none') FROM line_item l JOIN shipment s ON s.id = l.shipment_id"
                " LEFT JOIN item_delivery d ON d.id = l.id WHERE l.order_id = :id ORDER BY s.number, l.position",
                **one,
            )
        ),
    }
