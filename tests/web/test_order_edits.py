"""Orders are edited over HTTP while they are in progress: all that is sent, or nothing."""

from typing import Any

import pytest
from api_client import ADDRESS, Caller, contents, pence
from builders import Shop, broken, rows, work_off
from sqlalchemy import text

from fulfillment.catalog.shipping_methods import MethodPrice, NewShippingMethod, add_method
from fulfillment.customers.add import add_customer

HULL = {**ADDRESS, "line1": "9 Dock", "city": "Hull"}


def _order(csr: Caller, number: str) -> dict[str, Any]:
    order: dict[str, Any] = csr.get(f"/v1/orders/{number}").json
    return order


def _line_ids(csr: Caller, number: str) -> list[int]:
    found = [line for shipment in _order(csr, number)["shipments"] for line in shipment["lines"]]
    return [line["id"] for line in sorted(found, key=lambda line: line["position"])]


def _placed(shop: Shop, **more: Any) -> str:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("CAP", price=500, A=9)
    return shop.up_to("assigned", ("MUG", 2), ("CAP", 1), shipping=300, shipping_method="post", **more).number


def _offers(shop: Shop, code: str, price: int) -> None:
    with shop.services.transaction() as session:
        add_method(session, NewShippingMethod(code, code.capitalize(), [MethodPrice("DE", price, "GBP")]))


@pytest.mark.rule("OL4", "LI2", "LI3")
def test_one_call_changes_lines_address_method_and_discount_and_stock_and_money_follow(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    shop.sells("LAMP", price=4000, A=2)
    _offers(shop, "express", 900)
    mug, cap = _line_ids(csr, number)
    [shipment] = _order(csr, number)["shipments"]

    answer = csr.change(
        "PATCH",
        f"/v1/orders/{number}",
        {
            "lines": [{"id": mug, "quantity": 1, "price": pence(950), "options": {"color": "blue"}, "gift": True}],
            "remove_lines": [cap],
            "add_lines": [{"sku": "LAMP", "quantity": 1}],
            "shipments": [{"id": shipment["id"], "ship_to": HULL}],
            "shipping_methods": [{"shipping_method": "express"}],
            "discount": pence(50),
        },
        version=1,
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    assert answer.json["total"] == pence(950 + 4000 - 50 + 900)
    work_off(shop.services)
    order = _order(csr, number)
    [shipment] = order["shipments"]
    assert (shipment["ship_to"]["city"], shipment["shipping_method"], shipment["status"]) == (
        "Hull",
        "express",
        "inventory_assigned",
    )
    told = [
        (line["id"], line["position"], line["sku"], line["quantity"], line["price"]["amount"], line["price_by"])
        for line in shipment["lines"]
    ]
    assert told[0] == (mug, 1, "MUG", 1, 950, "key:csr somebody")
    assert told[1][1:] == (3, "LAMP", 1, 4000, None)
    assert (shipment["lines"][0]["options"], shipment["lines"][0]["gift"]) == ({"color": "blue"}, True)
    assert order["amounts"]["authorized"] == pence(5800)
    assert (shop.stock("MUG"), shop.stock("CAP"), shop.stock("LAMP")) == ((9, 1), (9, 0), (2, 1))
    assert broken(shop.services) == {}


@pytest.mark.rule("OL4")
@pytest.mark.parametrize(
    ("state", "guard"), [("packing", "packing"), ("shipped", "status"), ("held", "on_hold"), ("canceled", "status")]
)
def test_an_order_that_is_not_to_be_edited_stays_as_it_is(shop: Shop, csr: Caller, state: str, guard: str) -> None:
    shop.sells("MUG", price=1000, A=9)
    placed = shop.up_to(state if state in ("packing", "shipped") else "assigned", ("MUG", 2))
    {"held": shop.holds, "canceled": shop.cancels}.get(state, lambda _: None)(placed.id)
    work_off(shop.services)
    [line] = _line_ids(csr, placed.number)
    before = contents(shop.services)

    answer = csr.change("PATCH", f"/v1/orders/{placed.number}", {"lines": [{"id": line, "quantity": 1}]})

    assert (answer.status_code, answer.json["guard"]) == (409, guard)
    assert answer.json["remedy"]
    assert contents(shop.services) == before


@pytest.mark.rule("OL4")
def test_a_wrong_part_keeps_all_of_it_from_being_done(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    mug, _ = _line_ids(csr, number)
    before = contents(shop.services)

    answer = csr.change(
        "PATCH",
        f"/v1/orders/{number}",
        {"lines": [{"id": mug, "quantity": 1}], "add_lines": [{"sku": "NOBODY", "quantity": 1}]},
    )

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/unknown_sku")
    assert contents(shop.services) == before


@pytest.mark.rule("AD7", "AD8")
def test_an_order_gets_a_further_address_and_no_other_nor_the_book_is_touched(shop: Shop, csr: Caller) -> None:
    with shop.services.transaction() as session:
        customer = add_customer(session, name="Bo Lind", email=None, addresses=[ADDRESS], at=shop.now)
    number = _placed(shop, customer_id=customer)
    mug, _ = _line_ids(csr, number)
    hull = {"key": "hull", "ship_to": HULL, "shipping_method": "courier", "shipping": pence(700)}

    answer = csr.change(
        "PATCH",
        f"/v1/orders/{number}",
        {
            "lines": [{"id": mug, "split": [{"quantity": 1}, {"quantity": 1, "destination": "hull"}]}],
            "destinations": [hull],
        },
    )

    assert answer.status_code == 200, answer.text
    told = [
        (each["number"], each["ship_to"]["city"], each["shipping_method"], [line["quantity"] for line in each["lines"]])
        for each in answer.json["shipments"]
    ]
    assert told == [(f"{number}-1", "Leith", "post", [1, 1]), (f"{number}-2", "Hull", "courier", [1])]
    book = csr.get(f"/v1/customers/{customer}").json["addresses"]
    assert [each["address"]["city"] for each in book] == ["Leith"]
    shipment = answer.json["shipments"][0]["id"]
    york = {**ADDRESS, "city": "York"}
    body = {"shipments": [{"id": shipment, "ship_to": york, "add_to_address_book": True}]}

    for _ in range(2):  # said again it changes nothing
        csr.change("PATCH", f"/v1/orders/{number}", body)

    cities = [each["ship_to"]["city"] for each in _order(csr, number)["shipments"]]
    assert cities == ["York", "Hull"]
    book = csr.get(f"/v1/customers/{customer}").json["addresses"]
    assert [each["address"]["city"] for each in book] == ["Leith", "York"]
    with shop.services.transaction() as session:
        session.execute(text("""UPDATE customer_address SET address = address || '{"city": "Rome"}'"""))
    assert [each["ship_to"]["city"] for each in _order(csr, number)["shipments"]] == cities
    work_off(shop.services)
    assert broken(shop.services) == {}


@pytest.mark.rule("AD7")
def test_an_order_without_a_known_customer_has_no_book_to_add_to(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    [shipment] = _order(csr, number)["shipments"]
    before = contents(shop.services)
    body = {"shipments": [{"id": shipment["id"], "ship_to": HULL, "add_to_address_book": True}]}

    answer = csr.change("PATCH", f"/v1/orders/{number}", body)

    assert (answer.status_code, answer.json["guard"]) == (409, "known_customer")
    assert contents(shop.services) == before


@pytest.mark.rule("SH9")
def test_each_shipment_with_a_method_of_its_own_has_a_number_of_its_own(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    _offers(shop, "express", 900)
    mug, cap = _line_ids(csr, number)

    answer = csr.change(
        "PATCH", f"/v1/orders/{number}", {"shipping_methods": [{"shipping_method": "express", "line_ids": [cap]}]}
    )

    told = [
        (each["number"], each["shipping_method"], each["shipping"], [line["id"] for line in each["lines"]])
        for each in answer.json["shipments"]
    ]
    assert told == [(f"{number}-1", "post", pence(300), [mug]), (f"{number}-2", "express", pence(900), [cap])]
    work_off(shop.services)
    first, second = (each["id"] for each in answer.json["shipments"])
    for shipment, tracking in ((first, "TR-1"), (second, "TR-2")):
        csr.post(f"/v1/shipments/{shipment}/tracking", {"tracking_number": tracking})
    assert [each["tracking_number"] for each in _order(csr, number)["shipments"]] == ["TR-1", "TR-2"]
    assert broken(shop.services) == {}


@pytest.mark.rule("SH9")
def test_a_method_that_the_market_does_not_offer_is_refused(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    before = contents(shop.services)

    answer = csr.change("PATCH", f"/v1/orders/{number}", {"shipping_methods": [{"shipping_method": "drone"}]})

    assert (answer.status_code, answer.json["guard"]) == (422, "shipping_method_offered")
    assert contents(shop.services) == before


@pytest.mark.rule("LI3")
def test_the_last_line_is_not_removed(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    before = contents(shop.services)

    answer = csr.change("PATCH", f"/v1/orders/{number}", {"remove_lines": _line_ids(csr, number)})

    assert (answer.status_code, answer.json["guard"]) == (409, "one_line_at_least")
    assert f"POST /v1/orders/{number}/cancellation" in answer.json["remedy"]
    assert contents(shop.services) == before


@pytest.mark.rule("LI2")
def test_a_price_in_another_currency_is_refused(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    mug, _ = _line_ids(csr, number)
    before = contents(shop.services)

    body = {"lines": [{"id": mug, "price": {"amount": 1, "currency": "EUR"}}]}
    answer = csr.change("PATCH", f"/v1/orders/{number}", body)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/currency_mismatch")
    assert contents(shop.services) == before


def test_details_of_a_form_are_set_and_taken_away(shop: Shop, csr: Caller) -> None:
    number = _placed(shop, bill_to=ADDRESS)
    [form] = _order(csr, number)["forms"]
    contact = {"name": "Ada", "email": "ada@example.org"}
    path = f"/v1/orders/{number}"

    first = csr.change("PATCH", path, {"forms": [{"id": form["id"], "contact": contact, "reference": "CC-7"}]}).json
    second = csr.change("PATCH", path, {"forms": [{"id": form["id"], "bill_to": None}], "reference": "R-1"}).json

    assert (first["forms"][0]["contact"]["name"], first["forms"][0]["bill_to"]["city"]) == ("Ada", "Leith")
    assert (second["forms"][0]["reference"], second["forms"][0]["bill_to"]) == ("CC-7", None)
    assert second["reference"] == "R-1"
    entries = csr.get(f"{path}/timeline").json["entries"]
    assert [each["verb"] for each in entries if each["verb"].startswith("edit")] == ["edit_address"] * 2
    assert broken(shop.services) == {}


@pytest.mark.rule("RO2")
def test_who_has_not_seen_the_last_edit_is_told_what_it_changed(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    csr.change("PATCH", f"/v1/orders/{number}", {"discount": pence(100)}, version=1)
    before = contents(shop.services)

    stale = csr.change("PATCH", f"/v1/orders/{number}", {"discount": pence(200)}, version=1)
    unsaid = csr.change("PATCH", f"/v1/orders/{number}", {"discount": pence(200)}, version=None)

    assert (stale.status_code, unsaid.status_code) == (412, 428)
    assert [each["verb"] for each in stale.json["changed"]] == ["edit_discount"]
    assert contents(shop.services) == before


def test_an_edit_is_shown_before_it_is_done(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    mug, _ = _line_ids(csr, number)
    body = {"lines": [{"id": mug, "quantity": 1}]}
    before = contents(shop.services)

    shown = csr.change("PATCH", f"/v1/orders/{number}?dry_run=true", body)

    assert shown.status_code == 200, shown.text
    assert contents(shop.services) == before
    assert shown.json["plan"]["stock"] == [
        {"kind": "deallocated", "sku": "MUG", "warehouse": "A", "on_hand": 0, "allocated": -1}
    ]
    done = csr.change("PATCH", f"/v1/orders/{number}", body, headers={"Plan-Token": shown.json["token"]})
    assert done.status_code == 200, done.text
    assert done.json["total"] == pence(1800)
    assert broken(shop.services) == {}


def test_storefronts_do_not_edit(shop: Shop, storefront: Caller, csr: Caller) -> None:
    number = _placed(shop)
    before = contents(shop.services)

    answer = storefront.change("PATCH", f"/v1/orders/{number}", {"discount": pence(100)})

    assert answer.status_code == 403
    assert contents(shop.services) == before
    assert rows(shop.services, "SELECT verb FROM timeline WHERE verb = 'edit_discount'") == []
    assert _order(csr, number)["version"] == 1


def test_what_is_added_and_moved_is_shown_before_it_is_done_as_well(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    _, cap = _line_ids(csr, number)
    body = {
        "add_lines": [{"sku": "MUG", "quantity": 1}],
        "shipping_methods": [{"shipping_method": "courier", "line_ids": [cap], "shipping": pence(900)}],
    }
    before = contents(shop.services)
    shown = csr.change("PATCH", f"/v1/orders/{number}?dry_run=true", body)
    assert contents(shop.services) == before

    done = csr.change("PATCH", f"/v1/orders/{number}", body, headers={"Plan-Token": shown.json["token"]})

    assert done.status_code == 200, done.text
    assert shown.json["plan"]["money"] == [{"kind": "authorize", "payment_id": None, "amount": pence(1900)}]
    assert done.json["total"] == pence(2800 + 1900)
    work_off(shop.services)
    assert broken(shop.services) == {}


@pytest.mark.rule("OL6")
def test_an_edit_that_leaves_money_missing_is_explained_and_what_helps_is_named(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    mug, _ = _line_ids(csr, number)
    shop.gateway.will("refuse")
    csr.change("PATCH", f"/v1/orders/{number}", {"lines": [{"id": mug, "quantity": 3}]})
    work_off(shop.services)

    told = csr.get(f"/v1/orders/{number}/explanation").json

    helping = [each["call"] for each in told["blockers"] if each["code"] in ("balance_due", "declined")]
    assert [call["path"] for call in helping] == [f"/v1/orders/{number}/payments"]
    assert csr.post(f"/v1/orders/{number}/payments", {"method": "manual"}).status_code in (200, 201, 202)
    work_off(shop.services)
    told = csr.get(f"/v1/orders/{number}/explanation").json
    assert not [each for each in told["blockers"] if each["code"] in ("balance_due", "declined")]
    assert [each["status"] for each in _order(csr, number)["shipments"]] == ["inventory_assigned"]
    assert broken(shop.services) == {}
