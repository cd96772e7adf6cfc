"""
A gateway that fails in every way there is, over a real connection: each order is charged once, by the gateway's own journal.

The simulated gateway runs as a process of its own; steps run here. What is not clear at first is asked about until it is.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import Shop, broken, hasten, one, rows, work_off
from runtime.conditions import eventually
from simulated_gateway import SimulatedGateway

from fulfillment.payments.gateway import HttpGateway
from fulfillment.wiring import Services

pytestmark = pytest.mark.process

KINDS = ("slow", "timeout_after", "error_before", "error_after", "cut_before", "cut")
READ_SECONDS = 0.2
FAULT_SECONDS = 0.5  # Longer than anybody waits for an answer.


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedGateway]:
    with SimulatedGateway(tmp_path_factory.mktemp("gateway") / "journal") as simulator:
        yield simulator


@pytest.fixture
def shop(services: Services, simulator: SimulatedGateway, tmp_path: Path) -> Iterator[Shop]:
    simulator.http.delete("/v1/faults").raise_for_status()
    gateway = HttpGateway(simulator.url, read=READ_SECONDS, total=1.0)
    shop = Shop(replace(services, gateway=gateway)).open()
    shop.sells("MUG", A=100)
    yield shop
    gateway.close()


def comes_to_rest(shop: Shop) -> None:
    """Ask again and again about what is not clear, until nothing is left to be done."""

    def is_at_rest() -> bool:
        hasten(shop.services)
        work_off(shop.services)
        return shop.dispatched() == []

    eventually(is_at_rest, seconds=20)


def moved(simulator: SimulatedGateway, *numbers: str) -> Counter[tuple[str, str, int]]:
    """What the gateway did for orders, by its own journal: (order, operation, amount)."""
    return Counter(
        (entry["merchant_reference"], entry["operation"], entry["amount"])
        for entry in simulator.entries()
        if entry["status"] == "succeeded" and entry["merchant_reference"] in numbers
    )


def booked(shop: Shop) -> Counter[tuple[str, str, int]]:
    """What our ledger says: (order, kind, amount)."""
    return Counter(
        rows(
            shop.services,
            "SELECT o.number, t.kind, t.amount FROM money_transfer t JOIN purchase_order o ON o.id = t.order_id",
        )
    )


@pytest.mark.parametrize("operation", ["authorize", "capture", "void", "refund"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_once_with_an_operation_it_is_done_once(
    shop: Shop, simulator: SimulatedGateway, kind: str, operation: str
) -> None:
    simulator.arm(kind, operation=operation, seconds=FAULT_SECONDS)

    placed = shop.places(("MUG", 1))
    comes_to_rest(shop)
    if operation == "void":
        shop.cancels(placed.id)
    elif operation != "authorize":
        shop.brings(placed.id, "shipped")
    comes_to_rest(shop)
    if operation == "refund":
        shop.refunds(shop.payments(placed.id)[0])
    comes_to_rest(shop)

    before = {"refund": ["authorize", "capture"], "authorize": []}.get(operation, ["authorize"])
    expected = Counter((placed.number, name, 1000) for name in [*before, operation])
    assert moved(simulator, placed.number) == expected
    assert booked(shop) == expected
    assert one(shop.services, "SELECT sends > 1 FROM payment_attempt WHERE kind = :kind", kind=operation)
    assert broken(shop.services) == {}


def test_when_everything_goes_wrong_at_once_each_order_is_charged_once(shop: Shop, simulator: SimulatedGateway) -> None:
    for seed, kind in enumerate(KINDS):
        simulator.arm(kind, probability=0.15, seed=seed, times=12, seconds=FAULT_SECONDS)
        simulator.arm(kind, operation="query", probability=0.1, seed=seed, times=3, seconds=FAULT_SECONDS)

    placed = [shop.places(("MUG", n % 3 + 1)) for n in range(12)]
    comes_to_rest(shop)
    for each in placed:
        shop.releases(each.id)
    work_off(shop.services)
    shop.picklists(*[each.id for each in placed])
    work_off(shop.services)
    for each in placed:
        shop.completes(each.id)
    comes_to_rest(shop)
    for each in placed[:4]:
        shop.refunds(shop.payments(each.id)[0], 250)
    comes_to_rest(shop)

    expected = Counter(
        (each.number, name, (n % 3 + 1) * 1000) for n, each in enumerate(placed) for name in ("authorize", "capture")
    )
    expected.update((each.number, "refund", 250) for each in placed[:4])
    assert moved(simulator, *[each.number for each in placed]) == expected
    assert booked(shop) == expected
    struck = sum(fault["struck"] for fault in simulator.http.get("/v1/faults").json()["faults"])
    assert struck > 6
    assert broken(shop.services) == {}
