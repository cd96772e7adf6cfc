"""The invoice number of an order: edited and saved by itself (PY8)."""

import pytest
from api_client import Caller, contents
from builders import Shop

pytestmark = pytest.mark.rule("PY8")


def test_it_is_saved_by_itself_and_stands_on_the_timeline(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number
    before = csr.get(f"/v1/orders/{number}").json

    saved = csr.change("PUT", f"/v1/orders/{number}/invoice", {"invoice_number": "2026-0815"}, version=1)

    assert saved.status_code == 200
    assert saved.json == {**before, "invoice_number": "2026-0815", "version": 2}
    entry = csr.get(f"/v1/orders/{number}/timeline").json["entries"][-1]
    assert (entry["verb"], entry["detail"], entry["version"], entry["actor"]) == (
        "set_invoice_number",
        {"from": None, "to": "2026-0815"},
        2,
        "key:csr somebody",
    )


def test_it_is_changed_and_taken_away_also_when_the_order_is_canceled(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    placed = shop.places(("MUG", 1))
    shop.cancels(placed.id)
    path = f"/v1/orders/{placed.number}/invoice"

    answers = [csr.change("PUT", path, {"invoice_number": said}) for said in ("R-1", "R-2", None)]

    assert [answer.json["invoice_number"] for answer in answers] == ["R-1", "R-2", None]


def test_to_save_what_is_there_changes_nothing(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    path = f"/v1/orders/{shop.places(('MUG', 1)).number}/invoice"
    csr.change("PUT", path, {"invoice_number": "R-1"})
    before = contents(shop.services)

    assert csr.change("PUT", path, {"invoice_number": "R-1"}).headers["ETag"] == '"2"'
    assert contents(shop.services) == before


def test_one_invoice_may_collect_several_orders(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    numbers = [shop.places(("MUG", 1)).number for _ in range(2)]

    answers = [csr.change("PUT", f"/v1/orders/{number}/invoice", {"invoice_number": "R-1"}) for number in numbers]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize("body", [{}, {"invoice_number": ""}, {"invoice_number": "x" * 101}, {"invoice_number": 7}])
def test_what_is_no_number_is_refused(shop: Shop, csr: Caller, body: dict[str, object]) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number
    before = contents(shop.services)

    assert csr.change("PUT", f"/v1/orders/{number}/invoice", body).status_code == 422
    assert contents(shop.services) == before
