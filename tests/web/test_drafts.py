"""Orders that customer service enters: contact, lines, prices, addresses, and what is refused (OL5, AD1-AD8, LI2, LI3)."""

from typing import Any

import pytest
from api_client import ADDRESS, Caller, contents, pence
from builders import Shop, broken
from order_entry import HULL, a_draft, begins, missing, offers_methods

TWO_PLACES: dict[str, Any] = {
    "destinations": [
        {"key": "home", "ship_to": ADDRESS, "shipping_method": "post"},
        {"key": "friend", "ship_to": HULL, "shipping_method": "courier"},
    ]
}


@pytest.fixture(autouse=True)
def _goods(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=9)
    shop.sells("CAP", price=500, A=9)
    shop.sells("GIFTCARD", price=2500, needs_shipping=False)
    offers_methods(shop)


@pytest.fixture
def customer(csr: Caller) -> int:
    body = {"name": "Ada Fell", "email": "ada@example.org", "addresses": [HULL]}
    return int(csr.post("/v1/customers", body).json["id"])


@pytest.mark.rule("OL5")
@pytest.mark.rule("ST6")
@pytest.mark.rule("AD2")
def test_an_order_is_begun_in_a_market_for_a_customer_and_goes_to_their_address(
    shop: Shop, csr: Caller, customer: int
) -> None:
    answer = csr.post("/v1/orders", {"market": "DE", "customer_id": customer})

    number = answer.json["number"]
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/orders/{number}")
    assert answer.headers["ETag"] == '"1"'
    assert answer.json["customer"] == {"id": customer, "name": "Ada Fell", "email": "ada@example.org"}
    assert [each["ship_to"] for each in answer.json["destinations"]] == [HULL]
    assert (missing(answer.json), answer.json["ready"], answer.json["amounts"]) == (["no_lines"], False, None)
    order = csr.get(f"/v1/orders/{number}").json
    assert (order["status"], order["market"], order["total"]) == ("draft", "DE", pence(0))
    assert (order["forms"], order["shipments"], order["payments"], order["state"]) == ([], [], [], None)
    assert order["draft"] == csr.get(f"/v1/orders/{number}/review").json == answer.json
    assert [each["number"] for each in csr.get("/v1/orders", status="draft").json["orders"]] == [number]
    [entered] = csr.get(f"/v1/orders/{number}/timeline").json["entries"]
    assert (entered["verb"], entered["actor"]) == ("enter", "key:csr somebody")
    assert broken(shop.services) == {}


@pytest.mark.rule("ST6")
@pytest.mark.parametrize(("market", "code"), [("NOWHERE", "unknown_market"), (None, "invalid_fields")])
def test_an_order_without_a_market_that_exists_is_not_begun(
    shop: Shop, csr: Caller, market: str | None, code: str
) -> None:
    before = contents(shop.services)

    answer = csr.post("/v1/orders", a_draft(market=market))

    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{code}")
    assert contents(shop.services) == before


@pytest.mark.rule("AD1")
def test_a_new_contact_becomes_a_customer_with_that_address(csr: Caller) -> None:
    draft = csr.post("/v1/orders", a_draft()).json

    known = csr.get(f"/v1/customers/{draft['customer']['id']}").json
    assert (known["name"], known["email"]) == ("Bo Lind", "bo@example.org")
    assert [entry["address"] for entry in known["addresses"]] == [ADDRESS]
    assert [each["ship_to"] for each in draft["destinations"]] == [ADDRESS]


@pytest.mark.rule("AD1")
def test_a_contact_without_an_address_is_refused(shop: Shop, csr: Caller) -> None:
    homeless = csr.post("/v1/customers", {"name": "Eve"}).json["id"]
    before = contents(shop.services)

    new = csr.post("/v1/orders", a_draft(address=None))
    known = csr.post("/v1/orders", {"market": "DE", "customer_id": homeless})

    for answer in (new, known):
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/contact_without_address")
        assert answer.json["detail"].endswith("has no address")
    assert new.json["remedy"] == "send the contact's address"
    assert known.json["remedy"] == f"add one: POST /v1/customers/{homeless}/addresses, or send ship_to"
    assert contents(shop.services) == before


@pytest.mark.rule("AD2")
@pytest.mark.rule("AD8")
def test_another_address_may_be_entered_and_the_customers_is_not_looked_at_again(csr: Caller, customer: int) -> None:
    number = csr.post("/v1/orders", {"market": "DE", "customer_id": customer}).json["number"]
    csr.post(f"/v1/customers/{customer}/addresses", ADDRESS)

    kept = csr.get(f"/v1/orders/{number}/review").json["destinations"]
    changed = csr.change("PATCH", f"/v1/orders/{number}/draft", {"ship_to": ADDRESS}, version=1)

    assert [each["ship_to"] for each in kept] == [HULL]
    assert [each["ship_to"] for each in changed.json["destinations"]] == [ADDRESS]
    assert changed.headers["ETag"] == '"2"'


@pytest.mark.rule("LI2")
def test_the_catalogs_price_is_proposed_and_may_be_overridden_by_name(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 2))
    path = f"/v1/orders/{number}/lines/1"

    [proposed] = csr.get(f"/v1/orders/{number}/review").json["lines"]
    overridden = csr.change("PATCH", path, {"price": pence(800), "quantity": 3}).json
    taken_back = csr.change("PATCH", path, {"price": None}).json

    said = ("quantity", "list_price", "price", "price_by")
    assert [proposed[name] for name in said] == [2, pence(1000), pence(1000), None]
    assert [overridden["lines"][0][name] for name in said] == [3, pence(1000), pence(800), "key:csr somebody"]
    assert overridden["amounts"]["items"] == pence(2400)
    assert [taken_back["lines"][0][name] for name in said] == [3, pence(1000), pence(1000), None]
    entries = csr.get(f"/v1/orders/{number}/timeline").json["entries"]
    assert [(entry["verb"], entry["version"]) for entry in entries] == [
        ("enter", None),
        ("change_line", 2),
        ("change_line", 3),
    ]
    assert broken(shop.services) == {}


@pytest.mark.rule("LI3")
@pytest.mark.rule("OL5")
def test_lines_are_added_with_their_options_and_removed_by_their_position(csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))

    with_cap = csr.post(
        f"/v1/orders/{number}/lines",
        {"lines": [{"sku": "CAP", "quantity": 1, "options": {"color": "red"}}, {"sku": "MUG", "quantity": 4}]},
    )
    without_mug = csr.change("DELETE", f"/v1/orders/{number}/lines/1").json
    added = csr.post(f"/v1/orders/{number}/lines", {"lines": [{"sku": "MUG", "quantity": 1}]}).json

    assert with_cap.status_code == 201
    assert [(line["position"], line["sku"], line["options"]) for line in without_mug["lines"]] == [
        (2, "CAP", {"color": "red"}),
        (3, "MUG", None),
    ]
    assert [line["position"] for line in added["lines"]] == [2, 3, 4]  # what 1 meant is not given again


@pytest.mark.rule("LI3")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        (
            "POST",
            "lines",
            {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "GONE", "quantity": 1}]},
            422,
            "unknown_sku",
        ),
        ("POST", "lines", {"lines": [{"sku": "MUG", "quantity": 1, "tax": pence(1)}]}, 422, "invalid_fields"),
        (
            "POST",
            "lines",
            {"lines": [{"sku": "MUG", "quantity": 1, "destination": "moon"}]},
            422,
            "no_such_destination",
        ),
        ("PATCH", "lines/7", {"quantity": 2}, 404, "no_such_line"),
        ("PATCH", "lines/1", {"price": {"amount": 1, "currency": "EUR"}}, 422, "currency_mismatch"),
        ("DELETE", "lines/7", None, 404, "no_such_line"),
        ("DELETE", "destinations/moon", None, 404, "no_such_destination"),
        ("DELETE", "forms/moon", None, 404, "no_such_form"),
        ("PATCH", "draft", {"customer_id": 987654}, 422, "unknown_customer"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_draft_stays_as_it_is(
    shop: Shop, csr: Caller, method: str, path: str, body: Any, status: int, code: str
) -> None:
    number = begins(csr, ("MUG", 1))
    before = contents(shop.services)
    where = f"/v1/orders/{number}/{path}"

    answer = csr.post(where, body) if method == "POST" else csr.change(method, where, body, version=1)

    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
    assert contents(shop.services) == before


@pytest.mark.rule("LI3")
def test_a_product_with_options_is_added_as_one_of_its_variants(shop: Shop, csr: Caller, admin: Caller) -> None:
    shirt = {"sku": "SHIRT", "name": "Shirt", "price": pence(900), "options": {"size": ["S", "M"]}}
    variant = {
        "sku": "SHIRT-M",
        "name": "Shirt M",
        "price": pence(900),
        "variant_of": "SHIRT",
        "option_values": {"size": "M"},
    }
    assert [admin.post("/v1/products", body).status_code for body in (shirt, variant)] == [201, 201]
    number = begins(csr, ("MUG", 1))
    before = contents(shop.services)

    unchosen = csr.post(f"/v1/orders/{number}/lines", {"lines": [{"sku": "SHIRT", "quantity": 1}]})
    assert (unchosen.status_code, unchosen.json["type"]) == (422, "/problems/options_not_chosen")
    assert unchosen.json["variants"] == ["SHIRT-M"]
    assert contents(shop.services) == before

    chosen = csr.post(f"/v1/orders/{number}/lines", {"lines": [{"sku": "SHIRT-M", "quantity": 1}]})
    assert [line["sku"] for line in chosen.json["lines"]] == ["MUG", "SHIRT-M"]


@pytest.mark.rule("AD3")
@pytest.mark.rule("AD4")
@pytest.mark.rule("AD5")
def test_several_items_go_to_several_addresses_each_with_a_method_and_a_gift_mark(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1), ("CAP", 2))
    path = f"/v1/orders/{number}"

    unsaid = csr.change("PUT", f"{path}/destinations/friend", {"ship_to": HULL}).json
    gift = {"destination": "friend", "gift": True, "gift_message": "Yours, Bo"}
    without_method = csr.change("PATCH", f"{path}/lines/2", gift).json
    whole = csr.change("PUT", f"{path}/destinations/friend", {"ship_to": HULL, "shipping_method": "courier"}).json

    assert unsaid["may_go_to_several_addresses"] is True
    assert missing(unsaid) == ["address_without_items"]
    assert unsaid["obstacles"][0]["names"] == {"destination": "friend"}
    assert unsaid["obstacles"][0]["call"] == f"DELETE {path}/destinations/friend, or let a line go there"
    assert missing(without_method) == ["no_shipping_method"]
    assert without_method["obstacles"][0]["names"] == {"destination": "friend"}
    assert (whole["ready"], whole["amounts"]["shipping"]) == (True, pence(300 + 700))
    assert whole["lines"][1]["split"] == [{"quantity": 2, **gift}]
    csr.post(f"{path}/placement")
    placed = csr.get(path).json
    told = [(each["ship_to"]["city"], each["shipping_method"], each["shipping"]) for each in placed["shipments"]]
    assert told == [("Leith", "post", pence(300)), ("Hull", "courier", pence(700))]
    [cap] = placed["shipments"][1]["lines"]
    assert (cap["gift"], cap["gift_message"]) == (True, "Yours, Bo")
    assert broken(shop.services) == {}


@pytest.mark.rule("AD3")
def test_one_item_goes_to_one_address(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1), ("GIFTCARD", 5))
    before = contents(shop.services)

    added = csr.change("PUT", f"/v1/orders/{number}/destinations/friend", {"ship_to": HULL})
    begun = csr.post(
        "/v1/orders",
        a_draft({"sku": "MUG", "quantity": 1, "destination": "home"}, **TWO_PLACES) | {"customer": {"name": "Eve"}},
    )

    for answer in (added, begun):
        assert (answer.status_code, answer.json["guard"]) == (409, "several_items")
        assert answer.json["pieces_to_ship"] == 1
    assert contents(shop.services) == before


@pytest.mark.rule("AD4")
@pytest.mark.parametrize(("method", "code"), [(None, "no_shipping_method"), ("pigeon", "unknown_shipping_method")])
def test_an_order_that_ships_is_not_placed_without_a_method_of_its_market(
    shop: Shop, csr: Caller, method: str | None, code: str
) -> None:
    number = begins(csr, ("MUG", 1), shipping_method=method)
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{number}/placement")

    assert (answer.status_code, answer.json["type"]) == (409, f"/problems/{code}")
    assert answer.json["remedy"].startswith(f"PATCH /v1/orders/{number}/draft with ")
    assert contents(shop.services) == before


@pytest.mark.rule("AD7")
def test_a_further_address_goes_into_the_address_book_only_if_asked_to(csr: Caller, customer: int) -> None:
    number = csr.post(
        "/v1/orders",
        {"market": "DE", "customer_id": customer, "lines": [{"sku": "MUG", "quantity": 2}], "shipping_method": "post"},
    ).json["number"]
    put = f"/v1/orders/{number}/destinations/office"
    office = {**ADDRESS, "line1": "3 Office"}

    unasked = csr.change("PUT", put, {"ship_to": office, "shipping_method": "post"}).json
    book_before = csr.get(f"/v1/customers/{customer}").json["addresses"]
    csr.change("PUT", put, {"ship_to": office, "shipping_method": "post", "add_to_address_book": True})
    csr.change("PUT", put, {"ship_to": office, "shipping_method": "courier", "add_to_address_book": True})
    book_after = csr.get(f"/v1/customers/{customer}").json["addresses"]

    assert [(each["key"], each["ship_to"]) for each in unasked["destinations"]] == [(None, HULL), ("office", office)]
    assert [entry["address"] for entry in book_before] == [HULL]
    assert [entry["address"] for entry in book_after] == [HULL, office]


def test_forms_have_their_lines_and_their_discount(csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))
    path = f"/v1/orders/{number}"

    empty = csr.change("PUT", f"{path}/forms/lab", {"name": "Laboratory", "discount": pence(100)}).json
    used = csr.change("PATCH", f"{path}/lines/1", {"form": "lab"}).json
    refused = csr.change("DELETE", f"{path}/forms/lab")

    assert missing(empty) == ["form_without_lines", "discount_too_large"]
    assert [(form["key"], form["name"], form["subtotal"]) for form in used["forms"]] == [
        ("lab", "Laboratory", pence(900))
    ]
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/form_in_use")


def test_a_discount_larger_than_the_goods_is_named_and_not_placed(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))

    draft = csr.change("PATCH", f"/v1/orders/{number}/draft", {"discount": pence(1001)}).json
    before = contents(shop.services)
    refused = csr.post(f"/v1/orders/{number}/placement")

    assert (missing(draft), draft["amounts"]) == (["discount_too_large"], None)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/discount_too_large")
    assert contents(shop.services) == before
