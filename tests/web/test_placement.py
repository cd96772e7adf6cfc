"""The review of a draft and its placement (LI7, OL5, OL6, OL17, AD6)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_client import ADDRESS, Api, Caller, contents, pence
from builders import Shop, broken, one, work_off
from order_entry import begins, missing, offers_methods

from fulfillment.access.models import Role

CARD = {"payments": [{"method": "card", "token": "tok_ok"}]}


@pytest.fixture(autouse=True)
def _goods(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("GIFTCARD", price=2500, needs_shipping=False)
    shop.sells("LAMP", price=900, when_short="deny")
    offers_methods(shop)


@pytest.mark.rule("LI7")
def test_a_review_shows_contact_addresses_lines_promotions_shipping_and_total(
    shop: Shop, csr: Caller, admin: Caller
) -> None:
    promotion = {"code": "SPRING", "name": "Spring", "kind": "order_discount", "amount": pence(50)}
    assert admin.post("/v1/promotions", promotion).status_code == 201
    number = begins(csr, ("MUG", 2), discount=pence(150), codes=["SPRING"], reference="PO-77", priority=3)
    before = contents(shop.services)

    review = csr.get(f"/v1/orders/{number}/review").json

    assert (review["customer"]["name"], review["reference"], review["priority"]) == ("Bo Lind", "PO-77", 3)
    assert [each["ship_to"] for each in review["destinations"]] == [ADDRESS]
    assert [(line["sku"], line["quantity"], line["amount"]) for line in review["lines"]] == [("MUG", 2, pence(1800))]
    assert review["codes"] == ["SPRING"]
    assert review["amounts"] == {
        "items": pence(2000),
        "discount": pence(200),
        "shipping": pence(300),
        "tax": pence(0),
        "total": pence(2100),
    }
    assert (review["ready"], review["obstacles"], review["entered_by"]) == (True, [], "key:csr somebody")
    assert contents(shop.services) == before


@pytest.mark.rule("LI7")
def test_tax_is_the_rate_of_the_market_on_goods_and_shipping(shop: Shop, csr: Caller, admin: Caller) -> None:
    admin.change("PATCH", "/v1/markets/DE", {"tax_rate": 1950})
    number = begins(csr, ("MUG", 2), discount=pence(150))

    review = csr.get(f"/v1/orders/{number}/review").json
    placed = csr.post(f"/v1/orders/{number}/placement", CARD).json

    assert (review["amounts"]["tax"], review["amounts"]["total"]) == (pence(419), pence(2569))  # 19.5 % of 21.50
    assert placed["total"] == pence(2569)
    work_off(shop.services)
    assert broken(shop.services) == {}


@pytest.mark.rule("LI7")
def test_a_review_names_everything_that_is_missing_and_the_call_that_mends_it(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1), {"sku": "GIFTCARD", "quantity": 1}, shipping_method=None)
    with shop.services.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM product WHERE sku = 'GIFTCARD'")

    obstacles = csr.get(f"/v1/orders/{number}/review").json["obstacles"]

    assert [(each["code"], each["call"], each["names"]) for each in obstacles] == [
        ("unknown_sku", f"DELETE /v1/orders/{number}/lines/2", {"position": 2, "sku": "GIFTCARD"}),
        ("no_shipping_method", f"PATCH /v1/orders/{number}/draft with shipping_method", {"destination": None}),
    ]
    assert csr.change("DELETE", f"/v1/orders/{number}/lines/2").status_code == 200
    mended = csr.change("PATCH", f"/v1/orders/{number}/draft", {"shipping_method": "post"}).json
    assert (mended["ready"], mended["amounts"]["total"]) == (True, pence(1300))


@pytest.mark.rule("OL5")
@pytest.mark.rule("OL6")
def test_a_placed_draft_keeps_its_number_and_waits_for_money(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 2))

    answer = csr.post(f"/v1/orders/{number}/placement")

    assert (answer.status_code, answer.json["number"], answer.json["total"]) == (202, number, pence(2300))
    order = csr.get(f"/v1/orders/{number}").json
    assert (order["number"], order["status"], order["payment_status"]) == (number, "in_progress", "unpaid")
    assert (order["total"], order["draft"], order["version"]) == (pence(2300), None, 2)
    work_off(shop.services)
    [shipment] = csr.get(f"/v1/orders/{number}").json["shipments"]
    assert (shipment["number"], shipment["status"], shipment["ship_to"]) == (f"{number}-1", "pending", ADDRESS)
    operation = csr.post(f"/v1/shipments/{shipment['id']}/release", {}).json["id"]
    work_off(shop.services)
    assert shop.problems(operation) == ["status"]
    assert one(shop.services, "SELECT status FROM shipment") == "pending"
    csr.post(f"/v1/orders/{number}/payments", {"method": "manual"})
    work_off(shop.services)
    assert one(shop.services, "SELECT status FROM shipment") == "inventory_assigned"
    moves = [
        (entry["verb"], entry["before"], entry["after"])
        for entry in csr.get(f"/v1/orders/{number}/timeline").json["entries"]
        if entry["subject"] == "order" and entry["after"]
    ]
    assert moves == [("place", "draft", "in_progress")]
    assert broken(shop.services) == {}


@pytest.mark.rule("OL5")
def test_an_order_needs_one_line_at_least(shop: Shop, csr: Caller) -> None:
    number = begins(csr)
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/placement", CARD)

    assert (answer.status_code, answer.json["type"], answer.json["guard"]) == (409, "/problems/no_lines", "complete")
    assert answer.json["remedy"] == f"POST /v1/orders/{number}/lines"
    assert contents(shop.services) == before


@pytest.mark.rule("OL5")
def test_a_draft_is_placed_with_a_card_that_is_authorized_by_a_step(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))

    csr.post(f"/v1/orders/{number}/placement", CARD)
    work_off(shop.services)

    order = csr.get(f"/v1/orders/{number}").json
    assert (order["payment_status"], order["shipments"][0]["status"]) == ("authorized", "inventory_assigned")
    assert len(shop.mails()) == 1
    assert broken(shop.services) == {}


@pytest.mark.rule("AD6")
@pytest.mark.rule("OL17")
def test_what_needs_no_shipping_skips_it_and_completes_by_itself(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("GIFTCARD", 1), shipping_method=None)

    review = csr.get(f"/v1/orders/{number}/review").json
    csr.post(f"/v1/orders/{number}/placement", CARD)
    work_off(shop.services)

    assert (review["needs_shipping"], review["ready"], review["amounts"]["shipping"]) == (False, True, pence(0))
    order = csr.get(f"/v1/orders/{number}").json
    assert (order["status"], order["payment_status"]) == ("completed", "paid")
    assert [each["ship_to"] for each in order["shipments"]] == [None]
    assert broken(shop.services) == {}


@pytest.mark.parametrize(
    ("lines", "body", "status", "code"),
    [
        (("LAMP", 1), CARD, 409, "out_of_stock"),
        (
            ("MUG", 1),
            {"payments": [{"method": "card", "token": "tok_ok", "amount": pence(1)}]},
            422,
            "payments_do_not_add_up",
        ),
        (
            ("MUG", 1),
            {"payments": [{"method": "card", "token": "t", "amount": {"amount": 1, "currency": "EUR"}}]},
            422,
            "currency_mismatch",
        ),
    ],
)
def test_a_refused_placement_leaves_the_draft_as_it_is(
    shop: Shop, csr: Caller, lines: tuple[str, int], body: Any, status: int, code: str
) -> None:
    number = begins(csr, lines)
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/placement", body)

    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
    assert contents(shop.services) == before


def test_what_nobody_can_pay_is_not_placed(shop: Shop, csr: Caller) -> None:
    number = begins(csr, {"sku": "MUG", "quantity": 2, "price": pence(10**12)})
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/placement")

    assert missing(csr.get(f"/v1/orders/{number}/review").json) == ["total_too_large"]
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/total_too_large")
    assert contents(shop.services) == before


def test_a_draft_is_edited_as_a_draft(csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))

    answer = csr.change("PATCH", f"/v1/orders/{number}", {"discount": pence(1)}, version=1)

    assert (answer.status_code, answer.json["guard"]) == (409, "status")
    assert answer.json["remedy"] == f"change the draft itself: PATCH /v1/orders/{number}/draft"


@pytest.mark.rule("OL5")
def test_two_placements_at_once_place_once(shop: Shop, api: Api, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))
    callers = [api.caller(Role.CSR, name=name) for name in ("ana", "eve", "kim", "lou")]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda caller: caller.post(f"/v1/orders/{number}/placement", CARD), callers))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert {a.json["type"] for a in answers if a.status_code == 409} == {"/problems/not_a_draft"}
    assert one(shop.services, "SELECT count(*) FROM shipment") == 1
    work_off(shop.services)
    assert broken(shop.services) == {}


def test_a_placement_that_is_repeated_gets_its_first_answer(csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))

    first, second = (csr.post(f"/v1/orders/{number}/placement", CARD, key="place-1") for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "draft", {"priority": 1}),
        ("POST", "lines", {"lines": [{"sku": "MUG", "quantity": 1}]}),
        ("PATCH", "lines/1", {"quantity": 2}),
        ("DELETE", "lines/1", None),
        ("PUT", "destinations/home", {"ship_to": ADDRESS}),
        ("DELETE", "destinations/home", None),
        ("PUT", "forms/lab", {"name": "Laboratory"}),
        ("DELETE", "forms/lab", None),
        ("POST", "placement", {}),
        ("GET", "review", None),
    ],
)
def test_what_is_done_to_drafts_is_refused_for_a_placed_order(
    shop: Shop, csr: Caller, method: str, path: str, body: Any
) -> None:
    number = shop.places(("MUG", 1)).number
    before = contents(shop.services)
    where = f"/v1/orders/{number}/{path}"

    if method == "GET":
        answer = csr.get(where)
    elif method == "POST":
        answer = csr.post(where, body)
    else:
        answer = csr.change(method, where, body)

    assert (answer.status_code, answer.json["type"], answer.json["guard"]) == (409, "/problems/not_a_draft", "draft")
    assert "POST /v1/orders" in answer.json["remedy"]
    assert contents(shop.services) == before


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("payments", {"method": "manual"}, "not_placed"),
        ("holds", {"reason": "suspicious"}, "not_placed"),
        ("cancellation", {"reason": "x", "notify_customer": False}, "status"),
    ],
)
def test_a_draft_is_neither_paid_nor_held_nor_canceled(
    shop: Shop, csr: Caller, path: str, body: Any, code: str
) -> None:
    number = begins(csr, ("MUG", 1))
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/{path}", body)

    assert (answer.status_code, answer.json["type"]) == (409, f"/problems/{code}")
    assert contents(shop.services) == before


def test_the_second_of_two_who_change_a_draft_is_told(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))
    csr.change("PATCH", f"/v1/orders/{number}/draft", {"priority": 5}, version=1)
    before = contents(shop.services)

    stale = csr.change("PATCH", f"/v1/orders/{number}/lines/1", {"quantity": 2}, version=1)
    unsaid = csr.change("PATCH", f"/v1/orders/{number}/lines/1", {"quantity": 2}, version=None)

    assert (stale.status_code, [each["verb"] for each in stale.json["changed"]]) == (412, ["change"])
    assert unsaid.status_code == 428
    assert contents(shop.services) == before


def test_a_storefront_sees_no_draft(csr: Caller, storefront: Caller) -> None:
    number = begins(csr, ("MUG", 1))

    assert storefront.get(f"/v1/orders/{number}").status_code == 404
    assert storefront.get("/v1/orders").json["orders"] == []
    assert missing(csr.get(f"/v1/orders/{number}/review").json) == []
