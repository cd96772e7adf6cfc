"""Every status of an order and its shipments: when, who, because of what (OL21)."""

import pytest
from api_client import Api, a_checkout
from builders import Shop, work_off

from fulfillment.access.models import Role

pytestmark = pytest.mark.rule("OL21")


def test_every_status_is_told_with_who_and_why(shop: Shop, api: Api) -> None:
    shop.sells("MUG", A=5)
    storefront, csr = api.caller(Role.STOREFRONT, name="web"), api.caller(Role.CSR, name="ana")
    number = storefront.post("/v1/checkouts", a_checkout()).json["number"]
    work_off(shop.services)
    shop.clock.forward(minutes=5)
    hold = csr.post(f"/v1/orders/{number}/holds", {"reason": "look"}).json["id"]
    second = csr.post(f"/v1/orders/{number}/holds", {"reason": "look twice"}).json["id"]
    for each in (hold, second):
        csr.post(f"/v1/orders/{number}/holds/{each}/release", {})
    shop.clock.forward(minutes=5)
    csr.post(f"/v1/orders/{number}/cancellation", {"reason": "changed their mind", "notify_customer": False})

    history = csr.get(f"/v1/orders/{number}/status-history").json["status_history"]

    assert [
        (each["shipment"], each["before"], each["status"], each["by"], each["because"]["verb"]) for each in history
    ] == [
        (None, None, "in_progress", "key:web", "place"),
        (f"{number}-1", "pending", "inventory_assigned", "key:web", "assign_inventory"),
        (None, "in_progress", "on_hold", "key:ana", "hold"),
        (None, "on_hold", "in_progress", "key:ana", "release_hold"),
        (f"{number}-1", "inventory_assigned", "canceled", "key:ana", "cancel"),
        (None, "in_progress", "canceled", "key:ana", "cancel"),
    ]
    assert [each["at"][11:16] for each in history] == ["12:00", "12:00", "12:05", "12:05", "12:10", "12:10"]
    assert history[1]["because"]["step"] == "inventory.assign"
    assert history[2]["because"]["detail"]["reason"] == "look"
    assert history[-1]["because"]["detail"] == {"reason": "changed their mind", "notify_customer": False}
    assert {each["because"]["cause"] for each in history} == {"request"}


def test_it_ends_where_the_order_stands(shop: Shop, api: Api) -> None:
    shop.sells("MUG", A=5)
    shop.sells("RARE")
    csr = api.caller(Role.CSR)
    numbers = [
        shop.up_to("shipped", ("MUG", 1)).number,
        shop.up_to("assigned", ("RARE", 1)).number,
        shop.up_to("released", ("MUG", 1)).number,
    ]
    held = shop.places(("MUG", 1))
    shop.holds(held.id)

    for number in (*numbers, held.number):
        order = csr.get(f"/v1/orders/{number}").json
        history = csr.get(f"/v1/orders/{number}/status-history").json["status_history"]
        last = {each["shipment"]: each["status"] for each in history}
        assert last.pop(None) == order["status"]
        assert last == {each["number"]: each["status"] for each in order["shipments"] if each["status"] != "pending"}


def test_a_storefront_is_not_told_and_what_is_not_there_is_not_found(shop: Shop, api: Api) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number

    assert api.caller(Role.STOREFRONT).get(f"/v1/orders/{number}/status-history").status_code == 403
    assert api.caller(Role.CSR).get("/v1/orders/PO0/status-history").status_code == 404
