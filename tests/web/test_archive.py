"""Archive: what is closed is put away and may come back."""

import pytest
from api_client import Caller, contents
from builders import Shop, broken, work_off


@pytest.mark.rule("RO1")
def test_a_closed_order_is_put_away_and_brought_back(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    placed = shop.places(("MUG", 1))
    shop.cancels(placed.id)
    work_off(shop.services)
    path = f"/v1/orders/{placed.number}/archive"

    away = csr.post(path, {})
    twice = csr.post(path, {})
    back = csr.change("DELETE", path, version=3)

    assert (away.status_code, away.json["archived_at"], away.json["version"]) == (200, "2026-03-02T12:00:00Z", 3)
    assert twice.json == away.json
    assert (back.status_code, back.json["archived_at"], back.json["version"]) == (200, None, 4)
    told = csr.get(f"/v1/orders/{placed.number}/timeline", limit=200).json["entries"][-2:]
    assert [entry["verb"] for entry in told] == ["archive", "take_from_archive"]
    assert broken(shop.services) == {}


def test_an_order_that_is_worked_on_is_not_put_away(shop: Shop, csr: Caller, storefront: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    before = contents(shop.services)

    answer = csr.post(f"/v1/orders/{placed.number}/archive", {})

    assert (answer.status_code, answer.json["guard"]) == (409, "still_open")
    assert f"POST /v1/orders/{placed.number}/cancellation" in answer.json["remedy"]
    assert storefront.post(f"/v1/orders/{placed.number}/archive", {}).status_code == 403
    assert contents(shop.services) == before


@pytest.mark.rule("FI1")
def test_what_was_put_away_is_listed_only_where_it_is_asked_for(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    kept, away = shop.places(("MUG", 1)), shop.places(("MUG", 1))
    for placed in (kept, away):
        shop.cancels(placed.id)
    work_off(shop.services)
    csr.post(f"/v1/orders/{away.number}/archive", {})

    def listed(**query: str) -> list[str]:
        return [order["number"] for order in csr.get("/v1/orders", **query).json["orders"]]

    for narrowed in ({}, {"status": "canceled"}, {"market": "DE"}, {"email": "bo@example.org"}, {"q": "mug"}):
        assert listed(**narrowed) == [kept.number]
        assert listed(**narrowed, archived="true") == [away.number]
        assert sorted(listed(**narrowed, archived="any")) == sorted([kept.number, away.number])
