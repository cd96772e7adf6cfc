"""Tracking numbers and delivery states over HTTP: by hand, and only while the order is New or Processing."""

from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, one, rows, work_off

from fulfillment.access.models import Role


def _line(shop: Shop, order_id: int) -> int:
    return int(one(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=order_id))


def _item(caller: Caller, number: str) -> dict[str, Any]:
    """What an order says of its one item."""
    [shipment] = caller.get(f"/v1/orders/{number}").json["shipments"]
    [line] = shipment["lines"]
    return {
        "status": shipment["status"],
        "tracking_number": shipment["tracking_number"],
        "shipping_method": shipment["shipping_method"],
        "delivery_state": line["delivery_state"],
    }


def _entries(shop: Shop, order_id: int, *verbs: str) -> list[tuple[Any, ...]]:
    return rows(
        shop.services,
        "SELECT subject, verb, before, after, actor FROM timeline WHERE order_id = :id AND verb = ANY (:verbs) ORDER BY id",
        id=order_id,
        verbs=list(verbs),
    )


@pytest.mark.rule("SH7")
def test_an_item_shows_its_status_tracking_number_and_method(shop: Shop, api: Api) -> None:
    shop.sells("MUG", A=5)
    csr = api.caller(Role.CSR, name="ana")
    placed = shop.up_to("released", ("MUG", 1), shipping_method="express")
    [shipment] = shop.shipments(placed.id)

    tracked = csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": "RM1"})
    moved = csr.post(f"/v1/lines/{_line(shop, placed.id)}/delivery-state", {"state": "in_transit"})

    assert (tracked.status_code, tracked.json["tracking_number"]) == (200, "RM1")
    assert (moved.status_code, moved.json["lines"][0]["delivery_state"]) == (200, "in_transit")
    assert _item(csr, placed.number) == {
        "status": "released",
        "tracking_number": "RM1",
        "shipping_method": "express",
        "delivery_state": "in_transit",
    }
    assert _entries(shop, placed.id, "set_tracking", "hand_over") == [
        ("shipment", "set_tracking", None, None, "key:ana"),
        ("delivery", "hand_over", "none", "in_transit", "key:ana"),
    ]
    assert shop.order(placed.id)[0] == "in_progress"
    assert broken(shop.services) == {}


@pytest.mark.rule("SH8")
def test_an_item_is_moved_while_its_order_is_new_or_processed(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    new = shop.places(("MUG", 1), tokens=())
    processed = shop.up_to("packing", ("MUG", 1))

    answers = [
        csr.post(f"/v1/lines/{_line(shop, order.id)}/delivery-state", {"state": "label_created"})
        for order in (new, processed)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert csr.get(f"/v1/orders/{new.number}").json["state"] == "New"
    assert [_item(csr, order.number)["delivery_state"] for order in (new, processed)] == ["label_created"] * 2


@pytest.mark.rule("SH8")
@pytest.mark.parametrize("state", ["Completed", "Canceled", "Fraud"])
def test_an_item_is_not_moved_once_its_order_is_neither(shop: Shop, csr: Caller, state: str) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped" if state == "Completed" else "assigned", ("MUG", 1))
    if state == "Canceled":
        shop.cancels(placed.id)
    if state == "Fraud":
        shop.holds(placed.id, "Fraud")
    assert csr.get(f"/v1/orders/{placed.number}").json["state"] == state
    [shipment] = shop.shipments(placed.id)
    before = contents(shop.services)

    moved = csr.post(f"/v1/lines/{_line(shop, placed.id)}/delivery-state", {"state": "in_transit"}, key="1")
    tracked = csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": "RM1"}, key="2")

    assert [(answer.status_code, answer.json["guard"]) for answer in (moved, tracked)] == [(409, "not_updatable")] * 2
    assert state in moved.json["detail"]
    assert contents(shop.services) == before


@pytest.mark.rule("SH10")
def test_a_tracking_number_waits_until_the_delivery_is_confirmed(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=())
    [shipment] = shop.shipments(placed.id)
    before = contents(shop.services)

    refused = csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": "RM1"})

    assert (refused.status_code, refused.json["guard"]) == (409, "not_confirmed")
    assert refused.json["remedy"] == f"add a payment: POST /v1/orders/{placed.number}/payments"
    assert contents(shop.services) == before
    shop.adds_payment(placed.id, token=None)
    assert csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": "RM1"}).status_code == 200
    assert _item(csr, placed.number)["tracking_number"] == "RM1"


@pytest.mark.rule("SH10")
def test_a_tracking_number_that_was_entered_stays_when_the_shipment_is_completed_without_one(
    shop: Shop, csr: Caller
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    [shipment] = shop.shipments(placed.id)
    csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": "RM1"})

    shop.completes(placed.id)
    work_off(shop.services)

    assert _item(csr, placed.number)["status"] == "shipped"
    assert _item(csr, placed.number)["tracking_number"] == "RM1"


def test_an_item_moves_only_as_items_do(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("released", ("MUG", 1))
    path = f"/v1/lines/{_line(shop, placed.id)}/delivery-state"
    before = contents(shop.services)

    jumped = csr.post(path, {"state": "delivered"})

    assert (jumped.status_code, jumped.json["guard"]) == (409, "status")
    assert contents(shop.services) == before
    for state in ("in_transit", "out_for_delivery", "delivered", "none", "none"):
        assert csr.post(path, {"state": state}).status_code == 200
    assert [verb for _, verb, *_ in _entries(shop, placed.id, "hand_over", "take_out", "deliver", "take_back")] == [
        "hand_over",
        "take_out",
        "deliver",
        "take_back",
    ]
    assert csr.post("/v1/lines/1/delivery-state", {"state": "none"}).status_code == 404


def test_a_download_has_no_carrier(shop: Shop, csr: Caller) -> None:
    shop.sells("SONG", needs_shipping=False)
    placed = shop.places(("SONG", 1), tokens=())

    answer = csr.post(f"/v1/lines/{_line(shop, placed.id)}/delivery-state", {"state": "in_transit"})

    assert (answer.status_code, answer.json["guard"]) == (409, "not_shipped")


def test_a_warehouse_moves_only_its_own(shop: Shop, api: Api) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("released", ("MUG", 1))
    [shipment] = shop.shipments(placed.id)
    leith, hull = (api.caller(Role.WAREHOUSE, name=code, warehouses=[code]) for code in ("A", "B"))

    path = f"/v1/shipments/{shipment}/tracking"
    assert hull.post(path, {"tracking_number": "RM1"}).status_code == 404
    assert leith.post(path, {"tracking_number": "RM1"}).status_code == 200
