"""What the simulated gateway tells by itself: signed, again until it is taken, and as badly as is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from api_client import app_of
from builders import Shop, broken, one, rows, work_off
from runtime.conditions import eventually
from simulated_gateway import SimulatedGateway
from werkzeug.serving import make_server

from fulfillment.kernel.webhook import new_secret
from fulfillment.payments.gateway import make_event_reader, make_gateway
from fulfillment.wiring import now

SECRET = new_secret()


@dataclass
class House:
    """A shop on a simulated gateway, which tells the shop's API what happens; the steps are worked off by hand."""

    shop: Shop
    gateway: SimulatedGateway
    refuses: threading.Event

    def told(self) -> list[dict[str, Any]]:
        return self.gateway.deliveries()


@pytest.fixture
def house(shop: Shop, tmp_path: Path) -> Iterator[House]:
    refuses = threading.Event()
    services = replace(shop.services, gateway_events=make_event_reader(SECRET), clock=now)
    api = app_of(services)

    def answer(environ: dict[str, Any], start: Any) -> Any:
        if refuses.is_set():
            start("503 Busy", [])
            return [b""]
        return api.wsgi_app(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    options = ("--webhook-url", f"http://127.0.0.1:{server.server_port}/v1/gateway-events", "--webhook-delay", "0")
    with SimulatedGateway(tmp_path / "books", *options, GATEWAY_WEBHOOK_SECRET=SECRET) as gateway:
        port = make_gateway(gateway.url)
        yield House(Shop(replace(services, gateway=port), shop.warehouses, shop.products), gateway, refuses)
        port.close()
    server.shutdown()
    serving.join(10)
    server.server_close()


def reference_of(shop: Shop, order_id: int) -> str:
    return str(one(shop.services, "SELECT reference FROM payment WHERE order_id = :id", id=order_id))


@pytest.mark.rule("PY3")
def test_events_told_thrice_forged_and_out_of_order_leave_each_order_charged_once(house: House) -> None:
    shop = house.shop
    shop.sells("MUG", price=1000, A=20)
    house.gateway.arm("repeat", operation="webhook", probability=1)
    house.gateway.arm("reorder", operation="webhook", probability=1, seconds=0.5)
    house.gateway.arm("forged", operation="webhook", probability=1)
    placed = [shop.up_to("assigned", ("MUG", 1)) for _ in range(4)]
    for each in placed:
        house.gateway.at_desk(reference_of(shop, each.id), "captures", 600)
    for each in placed[1:]:
        house.gateway.at_desk(reference_of(shop, each.id), "refunds", 100)

    deliveries = house.told()
    work_off(shop.services)
    shop.brings(placed[0].id, "shipped")
    work_off(shop.services)
    house.told()
    work_off(shop.services)

    assert {(each["forged"], each["status"]) for each in deliveries} == {(False, 200), (True, 401)}
    assert len([each for each in deliveries if not each["forged"]]) == 3 * 11
    assert [shop.money(each.id)["refunded"] for each in placed] == [0, 100, 100, 100]
    assert [shop.money(each.id)["captured"] for each in placed] == [1000, 600, 600, 600]
    moved = [(each["operation"], each["amount"]) for each in house.gateway.entries() if each["operation"] == "capture"]
    assert sorted(moved) == [("capture", 400), *[("capture", 600)] * 4]
    assert rows(shop.services, "SELECT kind, sum(amount) FROM money_transfer GROUP BY kind ORDER BY kind") == [
        ("authorize", 4000),
        ("capture", 2800),
        ("refund", 300),
    ]
    assert shop.dispatched() == []
    assert broken(shop.services) == {}


def test_an_event_that_nobody_took_is_told_again_and_a_lost_one_is_not(house: House) -> None:
    shop = house.shop
    shop.sells("MUG", price=1000, A=20)
    house.refuses.set()
    shop.up_to("assigned", ("MUG", 1))
    eventually(
        lambda: (
            [each["status"] for each in house.gateway.http.get("/v1/webhook-deliveries").json()["deliveries"]] == [503]
        )
    )
    house.refuses.clear()

    assert [each["status"] for each in house.told()][-1] == 200
    house.gateway.arm("lost", operation="webhook")
    shop.up_to("assigned", ("MUG", 1))
    assert len({each["event"] for each in house.told()}) == 1


@pytest.mark.parametrize(
    "plan", [{"kind": "repeat"}, {"kind": "repeat", "operation": "capture"}, {"kind": "cut", "operation": "webhook"}]
)
def test_faults_of_events_and_of_calls_are_not_mixed(house: House, plan: dict[str, str]) -> None:
    assert house.gateway.http.post("/v1/faults", json=plan).status_code == 400


def test_answers_that_are_lost_and_events_that_come_thrice_and_backwards_charge_each_order_once(house: House) -> None:
    shop = house.shop
    shop.sells("MUG", price=1000, A=20)
    house.gateway.arm("repeat", operation="webhook", probability=1)
    house.gateway.arm("reorder", operation="webhook", probability=1, seconds=0.2)
    for operation in ("authorize", "capture", "refund"):
        house.gateway.arm("cut", operation=operation, times=2)
        house.gateway.arm("error_after", operation=operation, times=1)

    placed = [shop.up_to("assigned", ("MUG", 1)) for _ in range(3)]
    house.told()  # Nobody has asked about the lost answers yet: the events bring that about.
    work_off(shop.services)
    for each in placed:
        shop.brings(each.id, "shipped")
    house.told()
    work_off(shop.services)
    for each in placed:
        shop.refunds(shop.payments(each.id)[0], 250)
    work_off(shop.services)
    house.told()
    work_off(shop.services)

    done = [(each["merchant_reference"], each["operation"], each["amount"]) for each in house.gateway.entries()]
    amounts = {"authorize": 1000, "capture": 1000, "refund": 250}
    assert sorted(done) == sorted((each.number, kind, amount) for each in placed for kind, amount in amounts.items())
    assert [shop.order(each.id) for each in placed] == [("completed", "partially_refunded")] * 3
    assert one(shop.services, "SELECT count(*) FROM payment_attempt WHERE status <> 'succeeded'") == 0
    assert broken(shop.services) == {}
