"""Parcels in trouble over HTTP: lost, damaged or back, what is held for them, and each way out."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, one, rows, work_off
from explaining import Desk
from returning import Back
from tracking_events import Carrier, carrier_of, states

from fulfillment.access.models import Role
from fulfillment.notifications.outbox import mails_in


@pytest.fixture
def carrier(shop: Shop) -> Carrier:
    return carrier_of(shop)


def shipped(shop: Shop, api: Api, *lines: tuple[str, int], number: str = "RM1", **more: Any) -> tuple[Any, int]:
    """An order that left in one parcel; give it, and the parcel."""
    placed = shop.up_to("packing", *lines, **more)
    [shipment] = [each for (each,) in rows(shop.services, "SELECT id FROM shipment WHERE status = 'packing'")]
    items = {"items": [{"code": sku, "quantity": quantity} for sku, quantity in lines], "tracking_number": number}
    packed = api.caller(Role.WAREHOUSE).post(f"/v1/shipments/{shipment}/parcels", items)
    assert packed.status_code == 201
    shop.completes(placed.id)
    work_off(shop.services)
    return placed, packed.json["id"]


def in_trouble(caller: Caller, **query: str) -> list[tuple[int, str, str]]:
    listed = caller.get("/v1/parcels?" + "&".join(f"{k}={v}" for k, v in {"needs": "attention", **query}.items()))
    assert listed.status_code == 200
    return [(each["id"], each["problem"]["kind"], each["order"]) for each in listed.json["parcels"]]


def stock(shop: Shop, sku: str) -> tuple[int, int]:
    return one(shop.services, "SELECT on_hand, allocated FROM stock WHERE product_id = :id", id=shop.products[sku])


def test_a_lost_parcel_is_explained_and_goes_out_again(shop: Shop, api: Api, csr: Caller, carrier: Carrier) -> None:
    shop.sells("MUG", price=1000, A=10)
    placed, parcel = shipped(shop, api, ("MUG", 2), shipping=300)
    captured = one(shop.services, "SELECT captured FROM purchase_order")
    carrier.tells("RM1", "in_transit", hours=-9)
    carrier.tells("RM1", "lost", hours=-1)
    carrier.tells("RM1", "lost", hours=-1, id="again")

    listed = in_trouble(csr)
    desk = Desk(api, shop)
    [blocker] = desk.explains(placed.number)["blockers"]
    refused = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "return"})
    decided = desk.sends(blocker["call"], "csr")
    work_off(shop.services)

    assert listed == [(parcel, "lost", placed.number)]
    assert (blocker["code"], blocker["evidence"]) == (
        "parcel_lost",
        {"tracking_number": "RM1", "return_id": None, "remedies": ["reship", "refund", "found"]},
    )
    assert (refused.status_code, refused.json["guard"], refused.json["by"]) == (
        409,
        "not_fitting",
        ["reship", "refund", "found"],
    )
    assert (decided.status_code, decided.json["parcel"]["problem"]["resolution"]) == (200, "reship")
    assert in_trouble(csr) == []
    again = decided.json["parcel"]["problem"]["reship_id"]
    order = csr.get(f"/v1/orders/{placed.number}").json
    assert order["status"] == "partially_shipped"
    assert [(each["status"], each["lines"][0]["quantity"]) for each in order["shipments"]] == [
        ("shipped", 2),
        ("inventory_assigned", 2),
    ]
    assert stock(shop, "MUG") == (8, 2)  # What is lost stays shipped.
    assert broken(shop.services) == {}

    for verb, body in (("release", {}),):
        csr.post(f"/v1/shipments/{again}/{verb}", body)
    work_off(shop.services)
    warehouse = api.caller(Role.WAREHOUSE)
    warehouse.post("/v1/picklists", {"shipment_ids": [again]})
    work_off(shop.services)
    warehouse.post(f"/v1/shipments/{again}/completion", {"confirm_all": True, "tracking_number": "RM2"})
    work_off(shop.services)
    carrier.tells("RM2", "delivered")

    assert states(shop, placed.id)["order"] == "completed"
    assert states(shop, placed.id)["parcels"] == ["lost", "delivered"]
    assert stock(shop, "MUG") == (6, 0)
    assert (one(shop.services, "SELECT captured FROM purchase_order"), captured) == (2300, 2300)
    assert desk.explains(placed.number)["blockers"] == []
    # Ordered once: it is repeated and comes back as it was paid for.
    draft = csr.post(f"/v1/orders/{placed.number}/reorder").json
    assert [(line["sku"], line["quantity"]) for line in draft["lines"]] == [("MUG", 2)]
    assert broken(shop.services) == {}


def test_a_lost_parcel_is_paid_back_to_the_cent(shop: Shop, api: Api, csr: Caller, carrier: Carrier) -> None:
    shop.sells("MUG", price=999, A=10)
    shop.sells("CUP", price=501, A=10)
    placed, parcel = shipped(shop, api, ("MUG", 2), ("CUP", 1), shipping=300)
    carrier.tells("RM1", "lost")

    poor = api.caller(Role.CSR, name="poor", refund_limit=2000)
    beyond = poor.post(f"/v1/parcels/{parcel}/resolution", {"by": "refund"})
    decided = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "refund", "with_shipping": True, "note": "claim 4"})
    work_off(shop.services)
    again = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "reship"}, key="other")
    carrier.tells("RM1", "exception", hours=0)
    carrier.tells("RM1", "lost", hours=0, id="late")

    assert (beyond.status_code, beyond.json["guard"]) == (403, "refund_limit")
    assert decided.status_code == 200
    assert csr.get(f"/v1/operations/{decided.json['operation_id']}").json["status"] == "succeeded"
    assert rows(shop.services, "SELECT kind, amount FROM money_transfer WHERE kind = 'refund'") == [("refund", 2799)]
    assert (again.status_code, again.json["guard"]) == (409, "no_problem")
    assert states(shop, placed.id)["order"] == "completed"
    assert in_trouble(csr) == []  # It was made up for.
    assert stock(shop, "MUG") == (8, 0)
    assert broken(shop.services) == {}


def test_what_is_still_to_ship_is_held_until_it_is_decided(shop: Shop, api: Api, csr: Caller, carrier: Carrier) -> None:
    shop.sells("MUG", A=1)
    shop.sells("RARE")
    placed = shop.up_to("assigned", ("MUG", 1), ("RARE", 1))
    [shipment] = shop.shipments(placed.id)
    lines = csr.get(f"/v1/shipments/{shipment}").json["lines"]
    mug = next(line["id"] for line in lines if line["sku"] == "MUG")
    first = csr.post(f"/v1/shipments/{shipment}/split", {"lines": [{"line_id": mug, "quantity": 1}]}).json["split_off"]
    work_off(shop.services)
    csr.post(f"/v1/shipments/{first['id']}/release")
    work_off(shop.services)
    warehouse = api.caller(Role.WAREHOUSE)
    warehouse.post("/v1/picklists", {"shipment_ids": [first["id"]]})
    work_off(shop.services)
    warehouse.post(f"/v1/shipments/{first['id']}/completion", {"confirm_all": True, "tracking_number": "RM1"})
    work_off(shop.services)

    carrier.tells("RM1", "lost", hours=-3)
    held = csr.get(f"/v1/orders/{placed.number}").json
    carrier.tells("RM1", "in_transit", hours=-2)
    found = csr.get(f"/v1/orders/{placed.number}").json
    carrier.tells("RM1", "lost", hours=-1)
    [(parcel, _, _)] = in_trouble(csr)
    decided = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "found", "note": "the depot called"})

    assert (held["status"], [hold["reason"] for hold in held["holds"] if hold["status"] == "open"]) == (
        "on_hold",
        ["parcel lost"],
    )
    assert found["status"] == "partially_shipped"
    assert decided.status_code == 200
    assert csr.get(f"/v1/orders/{placed.number}").json["status"] == "partially_shipped"
    assert states(shop, placed.id)["parcels"] == ["in_transit"]
    assert sorted(status for (status,) in rows(shop.services, "SELECT status FROM parcel_problem")) == [
        "lapsed",
        "resolved",
    ]
    assert broken(shop.services) == {}


def test_what_the_carrier_brings_back_is_announced_as_a_return(
    shop: Shop, api: Api, csr: Caller, carrier: Carrier
) -> None:
    shop.sells("MUG", price=1000, A=10)
    placed, parcel = shipped(shop, api, ("MUG", 2))
    carrier.tells("RM1", "returned_to_sender")

    [(_, kind, _)] = in_trouble(csr, kind="returned_to_sender")
    [problem] = [each["problem"] for each in csr.get("/v1/parcels?needs=attention").json["parcels"]]
    coming = csr.get(f"/v1/returns/{problem['return_id']}").json
    refused = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "refund"}, key="1")
    decided = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "return"}, key="2")

    assert kind == "returned_to_sender"
    assert problem["resolutions"] == ["return", "reship", "refund"]
    assert (coming["order"], coming["status"]) == (placed.number, "authorized")
    assert [(line["announced"], line["reason"]) for line in coming["lines"]] == [(2, "returned_to_sender")]
    assert (refused.status_code, refused.json["guard"]) == (409, "return_open")
    assert decided.status_code == 200
    assert in_trouble(csr) == []
    assert states(shop, placed.id)["items"] == {"MUG": "returned_to_sender"}
    assert broken(shop.services) == {}


@pytest.mark.parametrize("inside", [{"items": [{"code": "MUG", "quantity": 1}]}, {}], ids=["packed", "nothing said"])
def test_parcels_of_one_number_come_back_as_one_return(
    shop: Shop, csr: Caller, warehouse: Caller, carrier: Carrier, inside: dict[str, Any]
) -> None:
    shop.sells("MUG", price=1000, A=10)
    placed = shop.up_to("packing", ("MUG", 2))
    [shipment] = shop.shipments(placed.id)
    for _ in range(2):
        assert warehouse.post(f"/v1/shipments/{shipment}/parcels", inside).status_code == 201
    shop.completes(placed.id, tracking_number="RM1")
    work_off(shop.services)

    assert carrier.tells("RM1", "returned_to_sender").status_code == 200

    problems = [each["problem"] for each in csr.get("/v1/parcels?needs=attention").json["parcels"]]
    assert [each["return_id"] for each in problems] == [problems[0]["return_id"]] * 2
    assert rows(shop.services, "SELECT number FROM return_order") == [(f"{placed.number}-R1",)]
    assert rows(shop.services, "SELECT announced, reason FROM return_line") == [(2, "returned_to_sender")]
    assert states(shop, placed.id)["parcels"] == ["returned_to_sender"] * 2
    assert broken(shop.services) == {}


def test_what_came_back_and_was_paid_back_does_not_go_out_once_more(
    shop: Shop, api: Api, csr: Caller, warehouse: Caller, carrier: Carrier
) -> None:
    shop.sells("MUG", price=1000, A=10)
    placed, parcel = shipped(shop, api, ("MUG", 2))
    carrier.tells("RM1", "returned_to_sender")
    back = Back(f"/v1/returns/{one(shop.services, 'SELECT id FROM return_order')}", csr, warehouse)
    back.arrives("MUG", 2, disposition="restocked")
    assert csr.post(f"{back.path}/completion", {"notify_customer": False}).status_code == 202
    work_off(shop.services)

    refused = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "reship"}, key="1")
    settled = csr.post(f"/v1/parcels/{parcel}/resolution", {"by": "return"}, key="2")

    assert (refused.status_code, refused.json["guard"]) == (409, "paid_back")
    assert shop.statuses(placed.id) == ["shipped"]
    assert settled.status_code == 200
    assert shop.money(placed.id)["refunded"] == 2000
    assert broken(shop.services) == {}


def test_a_person_says_what_a_customer_told(shop: Shop, api: Api, csr: Caller) -> None:
    shop.sells("MUG", A=10)
    placed, parcel = shipped(shop, api, ("MUG", 1))
    path = f"/v1/parcels/{parcel}/problems"

    reported = csr.post(path, {"kind": "damaged", "note": "the handle is off"}, key="1")
    before = contents(shop.services)
    again = csr.post(path, {"kind": "damaged"}, key="2")
    after = contents(shop.services)
    other = shop.up_to("packing", ("MUG", 1))
    [unshipped] = shop.shipments(other.id)
    early = api.caller(Role.WAREHOUSE).post(f"/v1/shipments/{unshipped}/parcels", {"items": [{"code": "MUG"}]}).json

    assert (reported.status_code, reported.json["problem"]["kind"]) == (201, "damaged")
    assert reported.json["delivery_state"] == "damaged"
    assert (again.status_code, again.json["guard"]) == (409, "reported")
    assert before == after
    assert csr.post(f"/v1/parcels/{early['id']}/problems", {"kind": "lost"}).json["guard"] == "not_shipped"
    assert csr.post("/v1/parcels/1/problems", {"kind": "lost"}).status_code == 404
    told = csr.get(f"/v1/parcels/{parcel}/events").json["events"]
    assert [(each["state"], each["carrier"], each["description"], each["told_by"]) for each in told] == [
        ("damaged", None, "the handle is off", csr_name(placed, told))
    ]
    assert broken(shop.services) == {}


def csr_name(_: Any, told: list[dict[str, Any]]) -> str:
    """The key that the caller was given."""
    [one_told] = told
    assert one_told["told_by"].startswith("key:")
    return str(one_told["told_by"])


def test_a_warehouse_sees_its_own_and_decides_nothing(shop: Shop, api: Api, carrier: Carrier) -> None:
    shop.sells("MUG", A=10)
    placed, parcel = shipped(shop, api, ("MUG", 1))
    carrier.tells("RM1", "damaged")
    leith, hull = (api.caller(Role.WAREHOUSE, name=code, warehouses=[code]) for code in ("A", "B"))

    assert in_trouble(leith) == [(parcel, "damaged", placed.number)]
    assert in_trouble(hull) == []
    assert hull.post(f"/v1/parcels/{parcel}/problems", {"kind": "lost"}).status_code == 404
    assert leith.post(f"/v1/parcels/{parcel}/resolution", {"by": "reship"}).status_code == 403
    assert leith.get("/v1/parcels").status_code == 422


def test_customers_are_told_where_their_market_says_so(shop: Shop, api: Api, admin: Caller, carrier: Carrier) -> None:
    shop.sells("MUG", A=10)
    shipped(shop, api, ("MUG", 1), number="RM0")
    carrier.tells("RM0", "delivered")
    work_off(shop.services)
    silent = shop.mails()
    admin.change("PATCH", "/v1/markets/DE", {"mails_delivery": True, "mails_delivery_problems": True})
    placed, _ = shipped(shop, api, ("MUG", 2))
    carrier.tells("RM1", "damaged", hours=-2)
    carrier.tells("RM1", "delivered", hours=-1)
    work_off(shop.services)

    assert [subject for subject in silent if "deliver" in subject] == []
    assert [subject for subject in shop.mails() if "deliver" in subject] == [
        f"A problem with the delivery of your order {placed.number}",
        f"Your order {placed.number} was delivered",
    ]
    mails = [message_from_bytes(each, policy=default) for each in mails_in(shop.services.settings.outbox)]
    [mail] = [each for each in mails if "was delivered" in each["Subject"]]
    text = mail.get_body(("plain",)).get_content()
    assert "2 x MUG (MUG)" in text
    assert "RM1" in text
    assert "20.00" not in text
