"""Tracking events over HTTP: signed ones are facts about parcels, told once, and forged ones are nothing at all."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, one, rows, work_off
from tracking_events import PATH, Carrier, carrier_of, states

from fulfillment.access.models import Role
from fulfillment.carriers.events import Scan
from fulfillment.shipments.states import DeliveryState
from fulfillment.tracking.course import Told, whereabouts
from fulfillment.tracking.match import catch_up
from fulfillment.workflow.sweeps import run_sweep


@pytest.fixture
def carrier(shop: Shop) -> Carrier:
    return carrier_of(shop)


def shipped_in_two(shop: Shop, warehouse: Caller) -> Any:
    """An order of two mugs and a cup: a mug in RM1, a mug and the cup in RM2, both with the carrier."""
    shop.sells("MUG", A=5)
    shop.sells("CUP", A=5)
    placed = shop.up_to("packing", ("MUG", 2), ("CUP", 1))
    [shipment] = shop.shipments(placed.id)
    for number, codes in (("RM1", ["MUG"]), ("RM2", ["MUG", "CUP"])):
        items = [{"code": code} for code in codes]
        packed = warehouse.post(f"/v1/shipments/{shipment}/parcels", {"items": items, "tracking_number": number})
        assert packed.status_code == 201
    shop.completes(placed.id)
    work_off(shop.services)
    return placed


def test_a_shipped_order_is_delivered_parcel_by_parcel(shop: Shop, api: Api, carrier: Carrier, csr: Caller) -> None:
    placed = shipped_in_two(shop, api.caller(Role.WAREHOUSE))
    [shipment] = shop.shipments(placed.id)

    carrier.tells("RM1", "in_transit", hours=-9, location="Leith", description="Accepted")
    under_way = states(shop, placed.id)
    carrier.tells("RM2", "out_for_delivery", hours=-8)
    carrier.tells("RM1", "delivered", hours=-2, location="London")
    half = states(shop, placed.id)
    carrier.tells("RM2", "delivered", hours=-1)
    done = states(shop, placed.id)

    assert (under_way["parcels"], under_way["items"]) == (["in_transit", "none"], {"MUG": "in_transit", "CUP": "none"})
    assert half["parcels"] == ["delivered", "out_for_delivery"]
    assert half["items"] == {"MUG": "out_for_delivery", "CUP": "out_for_delivery"}
    assert done == {
        "order": "completed",
        "shipments": ["shipped"],
        "parcels": ["delivered", "delivered"],
        "items": {"MUG": "delivered", "CUP": "delivered"},
    }
    first, second = csr.get(f"/v1/shipments/{shipment}/parcels").json["parcels"]
    assert (first["delivery_state"], first["delivered_at"]) == ("delivered", "2026-03-02T10:00:00Z")
    assert second["delivered_at"] == "2026-03-02T11:00:00Z"
    told = csr.get(f"/v1/parcels/{first['id']}/events").json
    assert [(each["state"], each["occurred_at"], each["location"], each["told_by"]) for each in told["events"]] == [
        ("in_transit", "2026-03-02T03:00:00Z", "Leith", "carrier:simulated"),
        ("delivered", "2026-03-02T10:00:00Z", "London", "carrier:simulated"),
    ]
    lines = csr.get(f"/v1/orders/{placed.number}").json["shipments"][0]["lines"]
    assert [line["delivery_state"] for line in lines] == ["delivered", "delivered"]
    timeline = csr.get(f"/v1/orders/{placed.number}/timeline").json["entries"]
    assert [
        (entry["subject"], entry["verb"], entry["actor"]) for entry in timeline if entry["verb"] == "report_delivered"
    ] == [
        ("parcel", "report_delivered", "carrier:simulated"),
        ("parcel", "report_delivered", "carrier:simulated"),
        ("delivery", "report_delivered", "carrier:simulated"),
        ("delivery", "report_delivered", "carrier:simulated"),
    ]
    # It is no change of a person: nobody who read the order before is told that it is stale.
    assert one(shop.services, "SELECT max(version) FROM timeline WHERE verb LIKE 'report%'") is None
    assert broken(shop.services) == {}


def test_what_comes_late_or_twice_is_history(shop: Shop, api: Api, carrier: Carrier) -> None:
    placed = shipped_in_two(shop, api.caller(Role.WAREHOUSE))
    answers = [
        carrier.tells("RM1", "delivered", hours=-1, id="b"),
        carrier.tells("RM1", "in_transit", hours=-5, id="a"),
        carrier.tells("RM1", "out_for_delivery", hours=-0.5, id="c"),
        carrier.tells("RM1", "delivered", hours=-1, id="b"),
    ]

    assert [(each.status_code, each.json["new"]) for each in answers] == [
        (200, True),
        (200, True),
        (200, True),
        (200, False),
    ]
    assert states(shop, placed.id)["parcels"] == ["delivered", "none"]
    assert rows(shop.services, "SELECT event_id FROM tracking_event ORDER BY occurred_at") == [("a",), ("b",), ("c",)]
    assert rows(shop.services, "SELECT verb FROM timeline WHERE subject = 'parcel'") == [("report_delivered",)]

    carrier.tells("RM1", "damaged", hours=0)
    assert states(shop, placed.id)["items"] == {"MUG": "damaged", "CUP": "none"}
    assert broken(shop.services) == {}


def test_what_is_told_before_the_number_is_known_is_told_to_its_parcel(shop: Shop, carrier: Carrier) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    answers = [carrier.tells("RM7", status, hours=-2, id=status) for status in ("in_transit", "delivered", "delivered")]
    before = states(shop, placed.id)
    shop.completes(placed.id)
    work_off(shop.services)
    [shipment] = shop.shipments(placed.id)
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql(
            f"INSERT INTO parcel (id, order_id, shipment_id, position, tracking_number, created_at, created_by)"
            f" VALUES (5, {placed.id}, {shipment}, 1, 'RM7', now(), 'ana')"
        )
        told = catch_up(session, [5], cause=shop.asked.cause, at=shop.now)
    with shop.services.transaction() as session:
        again = catch_up(session, [5], cause=shop.asked.cause, at=shop.now)

    assert [each.json["new"] for each in answers] == [True, True, False]
    assert before["items"] == {"MUG": "none"}
    assert (told, again) == (2, 0)
    assert states(shop, placed.id)["items"] == {"MUG": "delivered"}
    assert broken(shop.services) == {}


def test_a_shipment_without_parcels_is_one_parcel_to_its_carrier(shop: Shop, csr: Caller, carrier: Carrier) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 2))
    [shipment] = shop.shipments(placed.id)
    csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": "RM1"})
    shop.completes(placed.id)
    work_off(shop.services)

    for status in ("in_transit", "delivered"):
        assert carrier.tells("RM1", status).json["new"] is True

    assert states(shop, placed.id) == {
        "order": "completed",
        "shipments": ["shipped"],
        "parcels": ["delivered"],
        "items": {"MUG": "delivered"},
    }
    assert broken(shop.services) == {}


def test_what_nobody_gets_the_number_of_is_forgotten_after_a_month(shop: Shop, carrier: Carrier) -> None:
    carrier.tells("RM9", "in_transit")
    shop.clock.forward(days=29)
    early = run_sweep(shop.services, "sweeps.forget_old_events")
    shop.clock.forward(days=2)

    assert (early, run_sweep(shop.services, "sweeps.forget_old_events")) == (0, 1)
    assert rows(shop.services, "SELECT 1 FROM tracking_event") == []


def test_whatever_a_carrier_tells_in_whatever_order_moves_neither_shipment_nor_order(
    shop: Shop, api: Api, carrier: Carrier
) -> None:
    placed = shipped_in_two(shop, api.caller(Role.WAREHOUSE))
    dice = random.Random(7)
    quiet = [each for each in Scan if each not in (Scan.LOST, Scan.DAMAGED, Scan.RETURNED_TO_SENDER)]
    told = [(f"evt-{n}", dice.choice([*quiet, Scan.DAMAGED]), -dice.randrange(20)) for n in range(12)]
    dice.shuffle(told)
    so_far: list[Told] = []

    for event_id, scan, hours in [*told, *told[::-2]]:
        carrier.tells("RM1", scan, hours=hours, id=event_id)
        so_far.append(Told(DeliveryState(scan), shop.now + timedelta(hours=hours)))
        found = states(shop, placed.id)
        assert found["parcels"] == [whereabouts(so_far).state, "none"]
        assert (found["order"], found["shipments"]) == ("completed", ["shipped"])

    assert rows(shop.services, "SELECT count(*) FROM tracking_event") == [(12,)]
    assert broken(shop.services) == {}


def test_what_a_person_says_of_an_item_stands_until_its_carrier_tells_more(
    shop: Shop, api: Api, csr: Caller, carrier: Carrier
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    [shipment] = shop.shipments(placed.id)
    items = {"items": [{"code": "MUG"}], "tracking_number": "RM1"}
    api.caller(Role.WAREHOUSE).post(f"/v1/shipments/{shipment}/parcels", items)
    line = one(shop.services, "SELECT id FROM line_item")
    said = csr.post(f"/v1/lines/{line}/delivery-state", {"state": "in_transit"})

    carrier.tells("RM1", "label_created", hours=-1)
    late = states(shop, placed.id)
    shop.clock.forward(hours=3)
    carrier.tells("RM1", "out_for_delivery")

    assert said.status_code == 200
    assert (late["parcels"], late["items"]) == (["label_created"], {"MUG": "in_transit"})
    assert states(shop, placed.id)["items"] == {"MUG": "out_for_delivery"}
    assert broken(shop.services) == {}


def test_a_flood_of_forged_ones_changes_nothing_and_touches_no_database(
    shop: Shop, api: Api, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_in_two(shop, api.caller(Role.WAREHOUSE))
    before = contents(shop.services)
    body = b'{"data": {"tracking_number": "RM1", "status": "lost", "occurred_at": "2026-03-02T10:00:00Z"}}'
    monkeypatch.setattr(shop.services.engine, "connect", lambda: pytest.fail("a forged event reached the database"))

    answers = [
        carrier.posts(body, "evt", **{"webhook-signature": f"v1,{'A' * 43}="}),
        carrier.posts(body, "evt", **{"webhook-id": "other"}),
        carrier.posts(body, "evt", ago=301),
        carrier.posts(body, "evt", path="/webhooks/carriers/unheard"),
        carrier.caller.send("POST", PATH, data=body, headers={}),
    ]

    monkeypatch.undo()
    assert [(each.status_code, each.json["type"]) for each in answers] == [(401, "/problems/not_signed")] * 5
    assert api.nobody.send("POST", PATH, data=body, headers={}).json["detail"] == (
        "this is not an event of a carrier of ours: no secret is set for a carrier simulated"
    )
    assert contents(shop.services) == before


def test_an_event_that_means_nothing_here_is_taken_and_forgotten(shop: Shop, carrier: Carrier) -> None:
    before = contents(shop.services)
    meant = {"tracking_number": "RM1", "status": "in_transit", "occurred_at": "2026-03-02T10:00:00Z"}
    bodies = [b"", b"null", b"[" * 5000, b"{}", b"\xff"]

    answers = [carrier.posts(body, "evt") for body in bodies]
    answers += [carrier.tells("RM1", "eaten"), carrier.tells("R M", "lost"), carrier.tells("a\u0000b", "lost")]
    answers += [
        carrier.tells("RM1", "lost", occurred_at=when) for when in (None, "soon", "2026-03-02T10:00:00", 10**30)
    ]

    assert [(each.status_code, each.json) for each in answers] == [(200, {"received": True, "new": False})] * 12
    assert contents(shop.services) == before
    odd = carrier.tells(meant["tracking_number"], "in_transit", hours=9000, description="a\u0000b\n" + "x" * 900)
    assert (odd.status_code, odd.json["new"]) == (200, True)
    [(occurred_at, received_at, words)] = rows(
        shop.services, "SELECT occurred_at, received_at, description FROM tracking_event"
    )
    assert (occurred_at, words[:6], len(words)) == (received_at, "a b xx", 500)
