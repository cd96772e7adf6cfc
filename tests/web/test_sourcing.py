"""Sourcing over HTTP: a market's rules are set, tried before they are set, and every choice is explained."""

from typing import Any

from api_client import Caller, contents
from builders import Shop

RULES: list[dict[str, Any]] = [{"by": "preferred", "warehouses": ["B"]}, {"by": "nearest"}]


def _ask(csr: Caller, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], **more}
    answer = csr.post("/v1/markets/DE/sourcing/preview", body)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_dry_run_says_from_where_and_why_and_why_not_from_elsewhere(shop: Shop, csr: Caller, admin: Caller) -> None:
    shop.sells("MUG", A=5, B=3)
    shop.up_to("assigned", ("MUG", 1))
    before = contents(shop.services)

    own = _ask(csr, ("MUG", 2))
    tried = _ask(csr, ("MUG", 2), sourcing=RULES)
    short = _ask(csr, ("MUG", 6))
    shared = _ask(csr, ("MUG", 6), splits="warehouses")
    after = {name: rows for name, rows in contents(shop.services).items() if name != "idempotency_key"}

    assert (own["outcome"], own["parcels"]) == (
        "whole",
        [{"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 2}]}],
    )
    assert [(each["warehouse"], each["chosen"], each["why"]) for each in own["warehouses"]] == [
        ("A", True, "has all of it, and comes first by priority"),
        ("B", False, "has all of it, and comes later by priority"),
    ]
    assert [(each["warehouse"], each["why"], each["facts"]["preferred"]) for each in tried["warehouses"]] == [
        ("B", "has all of it, and comes first by preferred", "preferred"),
        ("A", "has all of it, and comes later by preferred", "not preferred"),
    ]
    assert (short["outcome"], short["waits"]) == ("waits", [{"sku": "MUG", "quantity": 6}])
    assert [each["short"] for each in short["warehouses"]] == [
        [{"sku": "MUG", "quantity": 2}],
        [{"sku": "MUG", "quantity": 3}],
    ]
    assert (shared["outcome"], [each["lines"][0]["quantity"] for each in shared["parcels"]]) == ("split", [4, 2])
    assert after == {name: rows for name, rows in before.items() if name != "idempotency_key"}


def test_rules_name_warehouses_that_are_there_and_each_rule_once(shop: Shop, csr: Caller, admin: Caller) -> None:
    def set_rules(rules: list[dict[str, Any]]) -> tuple[int, str]:
        answer = admin.change("PATCH", "/v1/markets/DE", {"sourcing": rules})
        return answer.status_code, answer.json.get("type", "")

    assert set_rules(RULES) == (200, "")
    assert csr.get("/v1/markets/DE").json["sourcing"] == RULES
    assert set_rules([{"by": "preferred", "warehouses": ["X"]}]) == (422, "/problems/unknown_warehouse")
    assert set_rules([{"by": "nearest"}, {"by": "nearest"}])[0] == 422
    assert set_rules([{"by": "moon"}])[0] == 422
    assert csr.get("/v1/markets/DE").json["sourcing"] == RULES
    body = {"lines": [{"sku": "NONE", "quantity": 1}]}
    assert csr.post("/v1/markets/DE/sourcing/preview", body).json["type"] == "/problems/unknown_sku"
    assert csr.post("/v1/markets/XX/sourcing/preview", body).status_code == 404


def test_a_warehouse_says_where_it_is_and_that_can_be_changed(shop: Shop, admin: Caller) -> None:
    path = "/v1/warehouses/A"

    moved = admin.change("PATCH", path, {"country": "GB", "postal_code": "EH6 6AB"})

    assert (moved.status_code, moved.json) == (
        200,
        {
            "code": "A",
            "name": "Leith",
            "priority": 1,
            "allows_confirm_all": True,
            "country": "GB",
            "region": None,
            "postal_code": "EH6 6AB",
        },
    )
    assert admin.change("PATCH", path, {}).status_code == 422
    assert admin.change("PATCH", path, {"name": None}).status_code == 422
    assert admin.change("PATCH", "/v1/warehouses/X", {"name": "Nowhere"}).status_code == 404
