"""Customers over HTTP: searched, changed, and an address book that orders do not follow."""

from typing import Any

import pytest
from api_client import ADDRESS, Caller, a_checkout, contents
from builders import Shop

HILL = {**ADDRESS, "line1": "1 Hill"}


def _add(csr: Caller, name: str = "Bo Lind", email: str | None = "bo@example.org", *book: dict[str, Any]) -> int:
    sent = {"name": name, "email": email, "addresses": list(book) or [ADDRESS]}
    return int(csr.post("/v1/customers", sent).json["id"])


def _book(csr: Caller, customer: int) -> list[tuple[int, str, bool]]:
    entries = csr.get(f"/v1/customers/{customer}").json["addresses"]
    return [(each["id"], each["address"]["line1"], each["default"]) for each in entries]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("lind", ["Bo Lind", "Berglinde"]),
        ("BO%LIND", ["Bo Lind"]),
        ("@example.org", ["Bo Lind", "Eve"]),
        ("e_e", ["Mallory"]),
        ("nobody", []),
    ],
)
def test_any_part_of_name_or_email_finds(shop: Shop, csr: Caller, q: str, names: list[str]) -> None:
    _add(csr)
    _add(csr, "Eve", "eve@example.org")
    _add(csr, "Berglinde", None)
    _add(csr, "Mallory", "e_e@mail.example")

    assert [each["name"] for each in csr.get("/v1/customers", q=q).json["customers"]] == names


@pytest.mark.parametrize(
    ("query", "code"),
    [({"q": "bo"}, "search_too_short"), ({"q": "lind", "email": "bo@example.org"}, "invalid_fields")],
)
def test_a_search_needs_three_characters_and_one_way(csr: Caller, query: dict[str, str], code: str) -> None:
    answer = csr.get("/v1/customers", **query)

    assert (answer.status_code, answer.json["type"]) == (422, f"/problems/{code}")


@pytest.mark.rule("AD8")
def test_what_changes_of_a_customer_changes_no_order(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    customer = _add(csr, "Bo Lind", "bo@example.org", ADDRESS, HILL)
    [(first, *_), (second, *_)] = _book(csr, customer)
    number = csr.post("/v1/checkouts", a_checkout(("MUG", 1), bill_to=ADDRESS)).json["number"]
    before = csr.get(f"/v1/orders/{number}").json

    changed = csr.change("PATCH", f"/v1/customers/{customer}", {"name": "Bo Berg", "email": None})
    csr.change("PUT", f"/v1/customers/{customer}/addresses/{first}", {**ADDRESS, "line1": "9 Dock"})
    csr.change("DELETE", f"/v1/customers/{customer}/addresses/{second}")

    assert (changed.json["name"], changed.json["email"]) == ("Bo Berg", None)
    assert _book(csr, customer) == [(first, "9 Dock", False)]
    assert csr.get(f"/v1/orders/{number}").json == before


@pytest.mark.rule("AD2")
def test_the_default_address_comes_first_and_is_one(csr: Caller) -> None:
    customer = _add(csr, "Bo Lind", None, ADDRESS, HILL)
    [(first, *_), (second, *_)] = _book(csr, customer)

    csr.change("PUT", f"/v1/customers/{customer}/addresses/{first}/default", {})
    csr.change("PUT", f"/v1/customers/{customer}/addresses/{second}/default", {})

    assert _book(csr, customer) == [(second, "1 Hill", True), (first, "2 Quay", False)]


@pytest.mark.rule("AD1")
def test_the_only_address_stays(shop: Shop, csr: Caller) -> None:
    customer = _add(csr)
    [(only, *_)] = _book(csr, customer)
    before = contents(shop.services)

    answer = csr.change("DELETE", f"/v1/customers/{customer}/addresses/{only}")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/last_address")
    assert answer.json["remedy"] == f"add another one first: POST /v1/customers/{customer}/addresses"
    assert contents(shop.services) == before


def test_what_is_another_customers_is_refused(shop: Shop, csr: Caller) -> None:
    bo, eve = _add(csr), _add(csr, "Eve", "eve@example.org")
    [(entry, *_)] = _book(csr, bo)
    before = contents(shop.services)

    taken = csr.change("PATCH", f"/v1/customers/{eve}", {"name": "Eva", "email": "BO@example.org"})
    others = [
        csr.change("PUT", f"/v1/customers/{eve}/addresses/{entry}", HILL),
        csr.change("PUT", f"/v1/customers/{eve}/addresses/{entry}/default", {}),
        csr.change("DELETE", f"/v1/customers/{eve}/addresses/{entry}"),
        csr.change("PATCH", "/v1/customers/999", {"name": "Eva"}),
    ]
    empty = [csr.change("PATCH", f"/v1/customers/{eve}", body) for body in ({}, {"name": None}, {"id": 1})]

    assert (taken.status_code, taken.json["type"]) == (409, "/problems/email_taken")
    assert [answer.status_code for answer in others] == [404] * 4
    assert [answer.status_code for answer in empty] == [422] * 3
    assert contents(shop.services) == before
