"""Products over HTTP: searched, changed, no longer sold, and sold as variants with options."""

from typing import Any

import pytest
from api_client import Caller, a_checkout, contents, pence
from builders import Shop, broken, work_off

SHIRT: dict[str, Any] = {"sku": "SHIRT", "name": "Shirt", "options": {"size": ["S", "M"], "color": ["red", "blue"]}}


def _variant(sku: str, size: str, color: str, **more: Any) -> dict[str, Any]:
    values = {"size": size, "color": color}
    return {"sku": sku, "name": sku, "price": pence(900), "variant_of": "SHIRT", "option_values": values, **more}


def _found(caller: Caller, q: str, **query: Any) -> list[str]:
    return [each["sku"] for each in caller.get("/v1/products", q=q, **query).json["products"]]


class TestSearch:
    @pytest.mark.rule("LI1")
    @pytest.mark.parametrize(
        ("q", "skus"),
        [
            ("MUG-1", ["MUG-1", "MUG-10"]),
            ("ug-10", ["MUG-10"]),
            ("KETTLE", ["TEA"]),
            ("kettle%steel", ["TEA"]),
            ("steel%kettle", []),
            ("boils", ["TEA"]),
            ("100%", ["MUG-10"]),
            ("a_b", ["A_B"]),
            ("  tea ", ["MUG-10", "TEA"]),
            ("nothing", []),
        ],
    )
    def test_a_part_of_sku_name_or_description_finds(
        self, admin: Caller, storefront: Caller, q: str, skus: list[str]
    ) -> None:
        listed = [
            {"sku": "MUG-1", "name": "Mug", "description": ""},
            {"sku": "MUG-10", "name": "Mug for tea", "description": "100 percent clay"},
            {"sku": "TEA", "name": "Kettle, Steel", "description": "Boils a litre"},
            {"sku": "A_B", "name": "Alphabet"},
            {"sku": "AXB", "name": "Box"},
        ]
        admin.post("/v1/products", {"products": listed})

        assert _found(storefront, q) == skus

    @pytest.mark.rule("LI1")
    @pytest.mark.parametrize("q", ["", "mu", "m%u%g", "%%%", "  a  "])
    def test_less_than_three_characters_are_refused(self, shop: Shop, storefront: Caller, q: str) -> None:
        answer = storefront.get("/v1/products", q=q)

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/search_too_short")

    def test_what_is_found_tells_price_and_availability(self, shop: Shop, storefront: Caller) -> None:
        shop.sells("MUG", price=700, when_short="deny", A=5, B=4)
        shop.places(("MUG", 2))
        work_off(shop.services)

        [found] = storefront.get("/v1/products", q="mug", market="DE").json["products"]

        assert (found["price"], found["available"], found["when_short"]) == (pence(700), 7, "deny")

    def test_a_price_in_another_currency_is_none_of_the_market(
        self, shop: Shop, admin: Caller, storefront: Caller
    ) -> None:
        shop.sells("MUG")
        admin.post("/v1/markets", {"code": "FR", "name": "Magasin", "currency": "EUR"})

        [found] = storefront.get("/v1/products", q="mug", market="FR").json["products"]

        assert found["price"] is None
        assert storefront.get("/v1/products", market="XX").status_code == 404

    def test_pages_of_what_is_found_lead_on(self, shop: Shop, storefront: Caller) -> None:
        for n in range(3):
            shop.sells(f"MUG-{n}")
        first = storefront.get("/v1/products", q="mug", limit=2).json

        assert [each["sku"] for each in storefront.get(first["next"]).json["products"]] == ["MUG-2"]


class TestChange:
    @pytest.mark.rule("AD9")
    def test_what_is_no_longer_sold_is_refused_and_orders_keep_it(
        self, shop: Shop, admin: Caller, storefront: Caller, csr: Caller
    ) -> None:
        shop.sells("MUG", price=700, A=5)
        number = storefront.post("/v1/checkouts", a_checkout(("MUG", 1))).json["number"]
        changed = admin.change("PATCH", "/v1/products/MUG", {"name": "Old mug", "price": pence(1), "active": False})
        before = contents(shop.services)

        refused = storefront.post("/v1/checkouts", a_checkout(("MUG", 1)))

        assert changed.status_code == 200
        assert (changed.json["name"], changed.json["price"], changed.json["active"]) == ("Old mug", pence(1), False)
        assert (refused.status_code, refused.json["type"]) == (422, "/problems/not_sold")
        assert refused.json["guard"] == "product_sold"
        assert contents(shop.services) == before
        work_off(shop.services)
        order = csr.get(f"/v1/orders/{number}").json
        assert (order["total"], order["shipments"][0]["status"]) == (pence(700), "inventory_assigned")
        assert broken(shop.services) == {}

    def test_a_new_name_is_found_and_the_old_one_is_not(self, shop: Shop, admin: Caller, storefront: Caller) -> None:
        shop.sells("MUG")
        admin.change("PATCH", "/v1/products/MUG", {"name": "Beaker"})

        assert (_found(storefront, "beaker"), _found(storefront, "kettle")) == (["MUG"], [])

    @pytest.mark.parametrize(
        ("sku", "body", "status"),
        [
            ("MUG", {}, 422),
            ("MUG", {"sku": "CUP"}, 422),
            ("MUG", {"name": None}, 422),
            ("MUG", {"price": pence(-1)}, 422),
            ("NONE", {"active": False}, 404),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, shop: Shop, admin: Caller, sku: str, body: dict[str, Any], status: int
    ) -> None:
        shop.sells("MUG")
        before = contents(shop.services)

        assert admin.change("PATCH", f"/v1/products/{sku}", body).status_code == status
        assert contents(shop.services) == before


class TestVariants:
    @pytest.mark.rule("LI3")
    def test_a_product_with_options_is_ordered_as_one_of_its_variants(
        self, shop: Shop, admin: Caller, storefront: Caller
    ) -> None:
        variants = [_variant("SHIRT-S-R", "S", "red"), _variant("SHIRT-M-R", "M", "red")]
        assert admin.post("/v1/products", {"products": [*variants, SHIRT]}).json == {"added": 3, "unchanged": 0}
        assert admin.post("/v1/products", {"products": [*variants, SHIRT]}).json == {"added": 0, "unchanged": 3}
        before = contents(shop.services)

        refused = storefront.post("/v1/checkouts", a_checkout(("SHIRT", 1)))

        assert (refused.status_code, refused.json["type"]) == (422, "/problems/options_not_chosen")
        assert refused.json["variants"] == ["SHIRT-M-R", "SHIRT-S-R"]
        assert contents(shop.services) == before
        assert storefront.post("/v1/checkouts", a_checkout(("SHIRT-M-R", 1))).status_code == 202
        shown = storefront.get("/v1/products/SHIRT").json
        assert shown["options"] == SHIRT["options"]
        assert [(each["sku"], each["option_values"], each["price"]) for each in shown["variants"]] == [
            ("SHIRT-M-R", {"size": "M", "color": "red"}, pence(900)),
            ("SHIRT-S-R", {"size": "S", "color": "red"}, pence(900)),
        ]
        assert storefront.get("/v1/products/SHIRT-M-R").json["variant_of"] == "SHIRT"

    @pytest.mark.rule("LI3")
    @pytest.mark.parametrize(
        ("variant", "status", "code"),
        [
            (_variant("NEW", "XL", "red"), 422, "options_do_not_fit"),
            (_variant("NEW", "S", "red", option_values={"size": "S"}), 422, "options_do_not_fit"),
            (_variant("NEW", "S", "red"), 409, "variant_taken"),
            (_variant("NEW", "S", "blue", variant_of="SHIRT-S-R"), 422, "no_parent"),
            (_variant("NEW", "S", "blue", variant_of="NONE"), 422, "no_parent"),
            (_variant("NEW", "S", "blue", options={"size": ["S"]}), 422, "invalid_fields"),
            ({"sku": "NEW", "name": "New", "variant_of": "SHIRT"}, 422, "invalid_fields"),
        ],
    )
    def test_a_variant_that_does_not_fit_its_parent_is_refused(
        self, shop: Shop, admin: Caller, variant: dict[str, Any], status: int, code: str
    ) -> None:
        admin.post("/v1/products", {"products": [SHIRT, _variant("SHIRT-S-R", "S", "red")]})
        before = contents(shop.services)

        answer = admin.post("/v1/products", variant)

        assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
        assert contents(shop.services) == before
