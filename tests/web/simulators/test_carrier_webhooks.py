"""What the simulated carrier tells by itself: signed facts about parcels, as badly as is asked for, over real connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from api_client import Caller, api_of, app_of
from builders import Shop, broken, rows, work_off
from labeling import a_parcel, bound, ended
from simulated_carrier import SimulatedCarrier
from tracking_events import states
from werkzeug.serving import make_server

from fulfillment.access.models import Role
from fulfillment.carriers import make_carriers, make_tracking_readers
from fulfillment.kernel.webhook import new_secret
from fulfillment.wiring import now

pytestmark = pytest.mark.process

SECRET = new_secret()


@dataclass
class House:
    """A shop whose parcels go by a simulated carrier, which tells the shop's API what happens to them."""

    shop: Shop
    carrier: SimulatedCarrier
    warehouse: Caller

    def hands_over(self) -> tuple[int, str, str]:
        """Let a labeled parcel leave: its shipment, its path, its number."""
        shipment, parcel = a_parcel(self.shop, self.warehouse)
        assert ended(self.shop, self.warehouse, f"{parcel}/label") == ("succeeded", [])
        assert ended(self.shop, self.warehouse, f"/v1/shipments/{shipment}/completion") == ("succeeded", [])
        return shipment, parcel, self.warehouse.get(parcel).json["tracking_number"]


@pytest.fixture
def house(shop: Shop, tmp_path: Path) -> Iterator[House]:
    services = replace(shop.services, tracking_events=make_tracking_readers(SECRET), clock=now)
    api = app_of(services)
    server = make_server("127.0.0.1", 0, api.wsgi_app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    told_to = f"http://127.0.0.1:{server.server_port}/webhooks/carriers/simulated"
    options = ("--webhook-url", told_to, "--webhook-delay", "0")
    with SimulatedCarrier(tmp_path / "books", *options, CARRIER_WEBHOOK_SECRET=SECRET) as carrier:
        wired = replace(services, carriers=make_carriers(carrier.url))
        opened = Shop(wired, shop.warehouses, shop.products)
        bound(opened)
        yield House(opened, carrier, api_of(wired).caller(Role.WAREHOUSE))
        for each in wired.carriers.values():
            each.close()
    server.shutdown()
    serving.join(10)
    server.server_close()


def test_parcels_are_delivered_once_however_badly_it_is_told_and_are_on_one_manifest(house: House) -> None:
    shop = house.shop
    gone = [house.hands_over() for _ in range(2)]
    house.carrier.arm("cut", operation="manifest")
    closed = house.warehouse.post("/v1/manifests", {"carrier": "simulated", "warehouse": "A"})
    work_off(shop.services)
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql("UPDATE dispatch SET due_at = now() - interval '1 second'")
    work_off(shop.services)
    for kind, more in (("repeat", {}), ("reorder", {"seconds": 0.5}), ("forged", {})):
        house.carrier.arm(kind, operation="webhook", probability=1, **more)
    for _, _, number in gone:
        for status in ("in_transit", "out_for_delivery", "delivered"):
            house.carrier.happens(number, status)

    deliveries = house.carrier.deliveries()

    assert house.warehouse.get(closed.headers["Location"]).json["status"] == "succeeded"
    told: list[dict[str, Any]] = house.carrier.http.get("/v1/manifests").json()["manifests"]
    assert [each["labels"] for each in told] == [2]
    assert {(each["forged"], each["status"]) for each in deliveries} == {(False, 200), (True, 401)}
    assert [house.warehouse.get(parcel).json["delivery_state"] for _, parcel, _ in gone] == ["delivered"] * 2
    assert rows(shop.services, "SELECT count(*) FROM tracking_event") == [(6,)]
    for (order,) in rows(shop.services, "SELECT order_id FROM parcel"):
        assert states(shop, order) == {
            "order": "completed",
            "shipments": ["shipped"],
            "parcels": ["delivered"],
            "items": {"MUG": "delivered"},
        }
    assert broken(shop.services) == {}
