"""What every carrier promises: tried on the simulated one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from simulated_carrier import SimulatedCarrier

from fulfillment.carriers.http import HttpCarrier
from fulfillment.carriers.port import Answer, Carrier, Consignment, Manifest, Place, Purchase, Rate, Result, Service

pytestmark = pytest.mark.process

HERE = Place("Leith", "GB", postal_code="EH6 6AA")
THERE = Place("Bo Lind", "GB", line1="2 Quay", city="Hull", postal_code="HU1 1AA")


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCarrier]:
    with SimulatedCarrier(tmp_path_factory.mktemp("carrier") / "books.sqlite3") as started:
        yield started


@pytest.fixture
def side(simulator: SimulatedCarrier) -> Iterator[SimulatedCarrier]:
    simulator.http.delete("/v1/faults")
    yield simulator
    simulator.http.delete("/v1/faults")


@pytest.fixture
def carrier(side: SimulatedCarrier) -> Iterator[Carrier]:
    made = HttpCarrier(side.url, read=1.0, total=2.0)
    yield made
    made.close()


def a_purchase(service: str = "standard", grams: int = 700, to: Place = THERE) -> Purchase:
    return Purchase(uuid.uuid4().hex, service, Consignment(grams, HERE, to), "SO-1-1, parcel 1")


def bought(carrier: Carrier, asked: Purchase) -> Answer:
    [answer] = carrier.buy([asked])
    return answer


def test_its_services_and_what_they_cost_by_weight_and_distance(carrier: Carrier) -> None:
    at_home, near, far, heavy = carrier.rates(
        [
            Consignment(700, HERE, THERE),
            Consignment(700, HERE, replace(THERE, country="DE")),
            Consignment(700, HERE, replace(THERE, country="US")),
            Consignment(25_000, HERE, THERE),
        ]
    )

    assert carrier.services() == [
        Service("economy", "Economy letter", 5),
        Service("standard", "Standard parcel", 3),
        Service("express", "Express, next day", 1),
    ]
    assert at_home == [
        Rate("economy", 360, "GBP", 5),
        Rate("standard", 510, "GBP", 3),
        Rate("express", 1140, "GBP", 1),
    ]
    assert isinstance(near, list)
    assert isinstance(far, list)
    assert isinstance(heavy, list)
    assert [each.amount for each in near] == [720, 1020, 2280]
    assert [each.amount for each in far] == [1440, 2040, 4560]
    assert [each.service for each in heavy] == ["standard"]


def test_a_label_is_sold_with_a_number_and_a_paper_and_taken_back_once(
    carrier: Carrier, side: SimulatedCarrier
) -> None:
    asked = a_purchase()

    sold = bought(carrier, asked)
    assert sold.label is not None
    first, second = carrier.void([sold.label.reference]), carrier.void([sold.label.reference])
    [after] = carrier.find([asked])

    assert (sold.result, sold.label.amount, sold.label.currency, sold.label.voided) == (
        Result.SUCCEEDED,
        510,
        "GBP",
        False,
    )
    assert sold.label.document.startswith(b"%PDF-")
    assert [first[0].result, second[0].result] == [Result.SUCCEEDED, Result.SUCCEEDED]
    assert after is not None
    assert after.label is not None
    assert (after.label.voided, after.label.tracking_number) == (True, sold.label.tracking_number)
    assert [each["kind"] for each in side.entries_of(asked.key)] == ["sale", "void"]


def test_what_is_handed_over_is_not_taken_back(carrier: Carrier, side: SimulatedCarrier) -> None:
    sold = bought(carrier, a_purchase())
    assert sold.label is not None
    side.happens(sold.label.tracking_number, "label_created")
    side.happens(sold.label.tracking_number, "in_transit")

    [refused, nothing] = carrier.void([sold.label.reference, "lbl_0"])

    assert (refused.result, refused.code) == (Result.FAILED, "handed_over")
    assert (nothing.result, nothing.code) == (Result.FAILED, "no_such_label")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (a_purchase("teleport"), "unknown_service"),
        (a_purchase("economy", 2001), "too_heavy"),
        (a_purchase(to=replace(THERE, country="AQ")), "not_served"),
        (a_purchase(to=replace(THERE, line1=None)), "no_address"),
    ],
)
def test_says_why_it_does_not_carry(carrier: Carrier, asked: Purchase, code: str) -> None:
    refused = bought(carrier, asked)
    [found] = carrier.find([asked])

    assert (refused.result, refused.code, refused.label) == (Result.FAILED, code, None)
    assert found == refused


class TestKeys:
    def test_the_first_answer_comes_again_and_nothing_is_sold_twice(
        self, carrier: Carrier, side: SimulatedCarrier
    ) -> None:
        asked = a_purchase()

        answers = [*carrier.buy([asked]), *carrier.buy([asked]), *carrier.find([asked])]

        assert len(set(answers)) == 1
        assert len(side.entries_of(asked.key)) == 1

    def test_of_one_never_seen_there_is_no_trace(self, carrier: Carrier) -> None:
        assert carrier.find([a_purchase()]) == [None]

    def test_one_used_for_something_else_is_unknown(self, carrier: Carrier) -> None:
        asked = a_purchase()
        bought(carrier, asked)

        other = bought(carrier, replace(asked, service="express"))

        assert (other.result, other.code) == (Result.UNKNOWN, "key_reused")

    def test_an_answer_about_another_parcel_is_not_believed(self, carrier: Carrier) -> None:
        asked = a_purchase()
        bought(carrier, asked)

        [found] = carrier.find([replace(asked, consignment=replace(asked.consignment, weight_grams=701))])

        assert found is not None
        assert (found.result, found.code) == (Result.UNKNOWN, "mismatch")


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "is_sold"),
        [
            ("timeout_after", True),
            ("error_after", True),
            ("cut", True),
            ("error_before", False),
            ("cut_before", False),
        ],
    )
    def test_an_unclear_answer_is_found_out_and_one_label_is_sold(
        self, carrier: Carrier, side: SimulatedCarrier, kind: str, *, is_sold: bool
    ) -> None:
        asked = a_purchase()
        side.arm(kind, operation="sale", seconds=1.5)

        unclear = bought(carrier, asked)
        [found] = carrier.find([asked])
        again = bought(carrier, asked)

        assert unclear.result == Result.UNKNOWN
        assert (found is not None) == is_sold
        assert again.result == Result.SUCCEEDED
        assert len(side.entries_of(asked.key)) == 1

    def test_a_void_that_was_not_heard_is_asked_again(self, carrier: Carrier, side: SimulatedCarrier) -> None:
        sold = bought(carrier, a_purchase())
        assert sold.label is not None
        side.arm("cut", operation="void")

        [unclear] = carrier.void([sold.label.reference])
        [again] = carrier.void([sold.label.reference])

        assert (unclear.result, again.result) == (Result.UNKNOWN, Result.SUCCEEDED)

    def test_a_refusal_on_request_is_final(self, carrier: Carrier, side: SimulatedCarrier) -> None:
        asked = a_purchase()
        side.arm("refuse", operation="sale")

        first, second = bought(carrier, asked), bought(carrier, asked)

        assert (first.result, first.code) == (Result.FAILED, "refused")
        assert second == first

    def test_questions_fail_only_where_they_are_meant(self, carrier: Carrier, side: SimulatedCarrier) -> None:
        side.arm("error_before", operation="rates")
        side.arm("error_before", operation="services")

        [rates] = carrier.rates([Consignment(700, HERE, THERE)])
        services = carrier.services()

        assert isinstance(rates, Answer)
        assert isinstance(services, Answer)
        assert (rates.result, services.result) == (Result.UNKNOWN, Result.UNKNOWN)

    def test_one_broken_member_leaves_its_set_alone(self, carrier: Carrier, side: SimulatedCarrier) -> None:
        asked = [a_purchase() for _ in range(4)]
        side.arm("cut", operation="sale")

        results = [each.result for each in carrier.buy(asked)]

        assert sorted(results) == [Result.SUCCEEDED] * 3 + [Result.UNKNOWN]


def test_nobody_there_is_unknown_and_never_raises() -> None:
    nobody = HttpCarrier("http://127.0.0.1:9", connect=0.5, total=1.0)
    asked = a_purchase()

    answers = [*nobody.buy([asked]), *nobody.find([asked]), *nobody.void(["lbl_1"]), nobody.services()]

    assert [each.result for each in answers if isinstance(each, Answer)] == [Result.UNKNOWN] * 4
    nobody.close()


class TestManifests:
    @pytest.mark.parametrize("fault", [None, "cut", "cut_before", "error_after", "error_before"])
    def test_is_closed_once_whatever_becomes_of_the_answer(
        self, carrier: Carrier, side: SimulatedCarrier, fault: str | None
    ) -> None:
        label = bought(carrier, a_purchase()).label
        assert label is not None
        asked = Manifest(uuid.uuid4().hex, [label.reference])
        if fault is not None:
            side.arm(fault, operation="manifest")

        [first] = carrier.close_manifests([asked])
        [found] = carrier.find_manifests([asked])
        [second] = carrier.close_manifests([asked])

        assert first.result == (Result.SUCCEEDED if fault is None else Result.UNKNOWN)
        assert found == (None if fault in ("cut_before", "error_before") else second)
        assert (second.result, second.code) == (Result.SUCCEEDED, None)
        told = side.http.get("/v1/manifests").json()["manifests"]
        assert [each["references"] for each in told if label.reference in each["references"]] == [[label.reference]]
        [voided] = carrier.void([label.reference])
        assert (voided.result, voided.code) == (Result.FAILED, "handed_over")

    def test_takes_no_label_twice_none_that_was_given_back_and_none_of_others(self, carrier: Carrier) -> None:
        labels = [bought(carrier, a_purchase()).label for _ in range(2)]
        taken, given_back = (each.reference for each in labels if each is not None)
        carrier.close_manifests([Manifest(uuid.uuid4().hex, [taken])])
        carrier.void([given_back])
        wanted = [Manifest(uuid.uuid4().hex, [each]) for each in (taken, given_back, "lbl_of_nobody")]

        refused = carrier.close_manifests(wanted)

        assert [(each.result, each.code) for each in refused] == [
            (Result.FAILED, "on_a_manifest"),
            (Result.FAILED, "voided"),
            (Result.FAILED, "no_such_label"),
        ]
        assert carrier.find_manifests(wanted) == refused
        assert carrier.find_manifests([Manifest("never", [])]) == [None]
