"""The relay and real Celery workers, on every broker the system runs on."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker_suite import Floor, RunningBroker, running
from builders import Shop, broken, one, rows
from runtime.conditions import eventually

from fulfillment.process import STEPS
from fulfillment.runtime import home
from fulfillment.runtime.supervisor import Supervisor

pytestmark = [pytest.mark.broker, pytest.mark.process]


@pytest.fixture(scope="module", params=["fakeredis", "redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    with home.temporary() as folder, running(request.param, folder) as found:
        yield found


@pytest.fixture
def floor(broker: RunningBroker, shop: Shop, tmp_path: Path) -> Iterator[Floor]:
    """The system's processes on the broker, none of them started yet; a row not closed in two seconds is due again."""
    broker.forget_everything()
    settings = shop.services.settings.model_copy(update={"broker_url": broker.url, "lease_seconds": 2})
    with Supervisor(tmp_path / "logs") as supervisor:
        yield Floor(settings, supervisor)


def released(shop: Shop) -> int:
    return int(one(shop.services, "SELECT count(*) FROM shipment WHERE status = 'released'"))


def nothing_is_due(shop: Shop) -> bool:
    return bool(one(shop.services, "SELECT count(*) = 0 FROM dispatch"))


def leased_rows(shop: Shop) -> int:
    return int(one(shop.services, "SELECT count(*) FROM dispatch WHERE fence > 0"))


def test_orders_walk_from_placement_to_release(shop: Shop, floor: Floor) -> None:
    shop.sells("LAMP", A=30)
    for _ in range(20):
        shop.places(("LAMP", 1), market="UK")
    floor.start(relays=1, workers=1)

    eventually(lambda: released(shop) == 20 and nothing_is_due(shop))

    assert shop.stock("LAMP") == (30, 20)
    assert Counter(shop.mails()) == dict.fromkeys(shop.mails(), 1)
    assert len(shop.mails()) == 20
    assert broken(shop.services) == {}


def test_what_the_broker_forgets_is_sent_again(shop: Shop, floor: Floor, broker: RunningBroker) -> None:
    shop.sells("LAMP", A=30)
    for _ in range(20):
        shop.places(("LAMP", 1), market="UK")
    floor.start(relays=1)
    eventually(lambda: leased_rows(shop) >= 20)

    broker.forget_everything()
    floor.start(workers=1)

    eventually(lambda: released(shop) == 20 and nothing_is_due(shop), seconds=40)
    assert one(shop.services, "SELECT count(*), sum(amount) FROM money_transfer") == (20, 20_000)
    assert broken(shop.services) == {}


def test_a_worker_killed_at_work_loses_nothing_and_does_nothing_twice(shop: Shop, floor: Floor) -> None:
    shop.sells("LAMP", A=100)
    for _ in range(60):
        shop.places(("LAMP", 1), market="UK")
    worker = floor.start(relays=1, workers=1)["worker-1"]
    eventually(lambda: leased_rows(shop) > 0)

    os.killpg(worker.pid, signal.SIGKILL)

    eventually(lambda: released(shop) == 60 and nothing_is_due(shop), seconds=60)
    assert shop.stock("LAMP") == (100, 60)
    assert one(shop.services, "SELECT count(*), sum(amount) FROM money_transfer") == (60, 60_000)
    assert broken(shop.services) == {}


def test_two_relays_two_workers_and_two_beats_do_each_thing_once(shop: Shop, floor: Floor) -> None:
    shop.sells("LAMP", A=60)
    floor.start(relays=2, workers=2, beats=2)
    for _ in range(60):
        shop.places(("LAMP", 1), market="UK")

    eventually(lambda: released(shop) == 60 and nothing_is_due(shop), seconds=40)

    moves = rows(
        shop.services, "SELECT verb, count(*) FROM timeline WHERE after IS NOT NULL GROUP BY verb ORDER BY verb"
    )
    assert moves == [("assign_inventory", 60), ("release", 60), ("succeed", 60)]
    assert len(shop.mails()) == 60
    assert broken(shop.services) == {}


def test_repeated_forged_and_broken_messages_have_no_effect(shop: Shop, floor: Floor, broker: RunningBroker) -> None:
    from workers.app import make_app

    shop.sells("LAMP", A=5)
    order = shop.places(("LAMP", 1), market="UK")
    floor.start(relays=1, workers=1)
    eventually(lambda: nothing_is_due(shop))
    before = rows(shop.services, "SELECT * FROM timeline ORDER BY id")
    old = [
        dispatch_id
        for (dispatch_id,) in rows(shop.services, "SELECT DISTINCT dispatch_id FROM timeline")
        if dispatch_id
    ]

    app = make_app(floor.settings)
    with app.connection_for_write() as connection:
        producer = app.amqp.Producer(connection.default_channel, auto_declare=False)
        for step, travel in STEPS.items():
            for forged in (
                [[row, 1] for row in old],  # what was done, once more
                [[order.id, 1], [1, 1], [2**63 - 1, 7]],
                [[-1, 0]],
                [["1; DROP TABLE dispatch", 1]],
                [{"id": 1}],
                "rows",
                None,
                [[2**80, 1]],
            ):
                app.send_task(step, kwargs={"rows": forged, "more": 1}, queue=travel.queue, producer=producer)
    next_order = shop.places(("LAMP", 1), market="UK")

    eventually(lambda: shop.statuses(next_order.id) == ["released"] and nothing_is_due(shop))
    after = rows(shop.services, "SELECT * FROM timeline WHERE order_id = :id ORDER BY id", id=order.id)
    assert after == before
    assert shop.stock("LAMP") == (5, 2)
    assert broken(shop.services) == {}
