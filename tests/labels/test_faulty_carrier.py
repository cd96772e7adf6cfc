"""
A carrier that fails in every way there is, over a real connection: each parcel has one label, by the carrier's own journal.

The simulated carrier runs as a process of its own; steps run here, and one in a worker that is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import ANA, Shop, broken, hasten, lease, one, rows, work_off
from labeling import bound, labels
from runtime.conditions import eventually
from simulated_carrier import SimulatedCarrier

from fulfillment.carriers.http import HttpCarrier
from fulfillment.labels.request import Asked, request_label, request_void
from fulfillment.packing.bench import Pieces
from fulfillment.packing.pack import open_parcel
from fulfillment.wiring import Services

pytestmark = pytest.mark.process

KINDS = ("slow", "timeout_after", "error_before", "error_after", "cut_before", "cut")
READ_SECONDS = 0.2
FAULT_SECONDS = 0.5  # Longer than anybody waits for an answer.
WORKER = """
import sys
from fulfillment.dispatch.claims import Claim
from fulfillment.settings import Settings
from fulfillment.wiring import build
from fulfillment.workflow.run import run_step
run_step(build(Settings()), "labels.buy", [Claim(int(sys.argv[1]), int(sys.argv[2]))])
"""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCarrier]:
    with SimulatedCarrier(tmp_path_factory.mktemp("carrier") / "journal") as started:
        yield started


@pytest.fixture
def shop(services: Services, simulator: SimulatedCarrier) -> Iterator[Shop]:
    simulator.http.delete("/v1/faults").raise_for_status()
    carrier = HttpCarrier(simulator.url, read=READ_SECONDS, total=1.0)
    opened = Shop(replace(services, carriers={"simulated": carrier})).open()
    opened.sells("MUG", A=100)
    bound(opened)
    yield opened
    simulator.http.delete("/v1/faults").raise_for_status()
    carrier.close()


def asks_for_labels(shop: Shop, parcels: int) -> list[int]:
    """Parcels that are packed and weighed, each with its label asked for; what its journal calls them comes from the order."""
    made = []
    for _ in range(parcels):
        [shipment] = shop.shipments(shop.up_to("packing", ("MUG", 1), shipping_method="post").id)
        with shop.services.transaction() as session:
            parcel = open_parcel(session, shipment, [Pieces(1, code="MUG")], weight_grams=700, cause=ANA, at=shop.now)
            request_label(session, parcel, asked=Asked(1, ANA, shop.now))
        made.append(parcel)
    return made


def comes_to_rest(shop: Shop) -> None:
    """Ask again and again about what is not clear, until nothing is left to be done."""

    def is_at_rest() -> bool:
        hasten(shop.services)
        work_off(shop.services)
        return shop.dispatched() == []

    eventually(is_at_rest, seconds=30)


def sold_to(shop: Shop, simulator: SimulatedCarrier) -> Counter[str]:
    """How many labels the carrier sold under each of our keys, by its own journal."""
    ours = {key for (key,) in rows(shop.services, "SELECT key FROM label")}
    return Counter(each["key"] for each in simulator.sales() if each["key"] in ours)


@pytest.mark.rule("LA1")
def test_when_everything_goes_wrong_at_once_each_parcel_has_one_label(shop: Shop, simulator: SimulatedCarrier) -> None:
    for seed, kind in enumerate(KINDS):
        simulator.arm(kind, operation="sale", times=1, seconds=FAULT_SECONDS)
        simulator.arm(kind, probability=0.15, seed=seed, times=4, seconds=FAULT_SECONDS)
        simulator.arm(kind, operation="query", probability=0.2, seed=seed, times=2, seconds=FAULT_SECONDS)

    parcels = asks_for_labels(shop, 10)
    comes_to_rest(shop)
    for parcel in parcels[:3]:
        with shop.services.transaction() as session:
            request_void(session, parcel, asked=Asked(1, ANA, shop.now))
    comes_to_rest(shop)

    assert Counter(status for status, _, _ in labels(shop)) == {"bought": 7, "voided": 3}
    sold = sold_to(shop, simulator)
    assert (len(sold), set(sold.values())) == (10, {1})
    taken_back = [each["reference"] for each in simulator.entries() if each["kind"] == "void"]
    given_back = [ref for (ref,) in rows(shop.services, "SELECT reference FROM label WHERE status = 'voided'")]
    assert sorted(taken_back) == sorted(given_back)
    assert sum(fault["struck"] for fault in simulator.http.get("/v1/faults").json()["faults"]) >= len(KINDS)
    assert broken(shop.services) == {}


@pytest.mark.rule("LA1")
def test_a_worker_that_is_killed_after_the_sale_leaves_one_label(
    shop: Shop, simulator: SimulatedCarrier, tmp_path: Path
) -> None:
    [parcel] = asks_for_labels(shop, 1)
    simulator.arm("timeout_after", operation="sale", seconds=60)
    [leased] = lease(shop.services, only="labels.")
    environment = {
        **os.environ,
        "DATABASE_URL": str(shop.services.settings.database_url),
        "GATEWAY_URL": "approve:",
        "CARRIER_URL": simulator.url,
        "FULFILLMENT_HOME": str(tmp_path),
    }
    command = [sys.executable, "-c", WORKER, str(leased.claim.id), str(leased.claim.fence)]

    with subprocess.Popen(command, env=environment) as worker:
        eventually(lambda: sum(sold_to(shop, simulator).values()) == 1, seconds=60)
        os.kill(worker.pid, signal.SIGKILL)
    died = labels(shop)
    comes_to_rest(shop)

    assert died == [("sending", None, True)]
    [(status, number, _)] = labels(shop)
    assert (status, one(shop.services, "SELECT tracking_number FROM parcel WHERE id = :id", id=parcel)) == (
        "bought",
        number,
    )
    assert set(sold_to(shop, simulator).values()) == {1}
    assert one(shop.services, "SELECT sends FROM label") == 2
    assert broken(shop.services) == {}
