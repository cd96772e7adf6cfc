"""Whoever is asked to stop finishes what they do and gives back the rest: nobody waits for a lease, and nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from api_client import a_checkout
from broker_suite import RunningBroker, running
from builders import Shop, broken, one, rows
from runtime.conditions import eventually

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.client.api import Api
from fulfillment.runtime import home, programs
from fulfillment.runtime.ready import free_port
from fulfillment.runtime.supervisor import Supervisor

pytestmark = [pytest.mark.broker, pytest.mark.process, pytest.mark.slow]

ORDERS = 60
LEASE = 86_400
"""Seconds. What had to wait for a lease to run out would not come in this test."""


@pytest.fixture
def broker() -> Iterator[RunningBroker]:
    with home.temporary() as folder, running("redis", folder) as found:
        yield found


def test_web_relay_and_workers_are_stopped_under_load_and_started_again(
    shop: Shop, broker: RunningBroker, tmp_path
) -> None:
    shop.sells("LAMP", A=ORDERS)
    settings = shop.services.settings.model_copy(update={"broker_url": broker.url, "lease_seconds": LEASE})
    with shop.services.transaction() as session:
        key = create_key(session, role=Role.STOREFRONT, name="shop", at=datetime.now(UTC))
    port = free_port()
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(
            programs.web(settings, port),
            programs.relay(settings, 1),
            programs.worker(settings, 1),
        )
        with Api(f"http://127.0.0.1:{port}", key) as api:
            numbers: list[str] = []
            storefront = threading.Thread(target=lambda: numbers.extend(_orders(api)))
            storefront.start()
            eventually(lambda: _released(shop) >= ORDERS // 10, seconds=60)

            asked = {name: process.popen for name, process in supervisor.processes.items()}
            for popen in asked.values():
                os.kill(popen.pid, signal.SIGTERM)

            # All of them end by themselves; the supervisor starts each again.
            assert {name: popen.wait(60) for name, popen in asked.items()} == dict.fromkeys(asked, 0)
            storefront.join(100)
            eventually(
                lambda: _released(shop) == ORDERS and one(shop.services, "SELECT count(*) = 0 FROM dispatch"),
                seconds=60,
            )

    # A storefront that got no answer sent again by the same key: each order is there once, and what follows from it.
    assert len(set(numbers)) == ORDERS
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == ORDERS
    assert rows(shop.services, "SELECT status, count(*) FROM payment_attempt GROUP BY status") == [
        ("succeeded", ORDERS)
    ]
    assert rows(shop.services, "SELECT step, CAST(sum(rows) AS int) FROM step_time GROUP BY step ORDER BY step") == [
        (step, ORDERS) for step in ("inventory.assign", "notifications.order_received", "payments.authorize")
    ]  # What a process has counted of its steps it writes down before it ends.
    assert shop.stock("LAMP") == (ORDERS, ORDERS)
    assert broken(shop.services) == {}


def _orders(api: Api) -> Iterator[str]:
    for n in range(ORDERS):
        yield api.post("/v1/checkouts", a_checkout(("LAMP", 1), market="UK"), key=f"order-{n}")["number"]


def _released(shop: Shop) -> int:
    return int(one(shop.services, "SELECT count(*) FROM shipment WHERE status = 'released'"))
