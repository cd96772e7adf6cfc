"""Products, markets, warehouses and customers over HTTP."""

import pytest
from api_client import ADDRESS, Caller, contents, pence
from builders import Shop, one

MUG = {"sku": "MUG", "name": "Mug 4242424242424242", "price": pence(1250)}


class TestProducts:
    def test_one_or_many_are_added_and_read(self, admin: Caller, storefront: Caller, warehouse: Caller) -> None:
        single = admin.post("/v1/products", MUG)
        many = admin.post(
            "/v1/products",
            {"products": [{"sku": f"A/{n}", "name": "A", "needs_shipping": False} for n in range(3)] + [MUG]},
        )

        assert (single.status_code, single.json) == (201, {"added": 1, "unchanged": 0})
        assert (many.status_code, many.json) == (201, {"added": 3, "unchanged": 1})
        assert storefront.get("/v1/products/MUG").json == {
            "sku": "MUG",
            "name": "Mug 4242424242424242",
            "description": "",
            "price": pence(1250),
            "needs_shipping": True,
            "when_short": "backorder",
            "available_from": None,
            "active": True,
            "available": 0,
            "options": None,
            "variant_of": None,
            "option_values": None,
            "variants": [],
        }
        assert warehouse.get("/v1/products/MUG").json["price"] is None
        assert storefront.get("/v1/products/NONE").status_code == 404

    def test_pages_are_in_the_order_of_skus(self, shop: Shop, storefront: Caller) -> None:
        for sku in ("b", "a b&c", "C"):
            shop.sells(sku)
        first = storefront.get("/v1/products", limit=2).json
        second = storefront.get(first["next"]).json

        listed = [each["sku"] for each in first["products"] + second["products"]]

        assert sorted(listed) == ["C", "a b&c", "b"]
        assert second["next"] is None

    @pytest.mark.parametrize(
        ("products", "status", "code"),
        [
            ([{"sku": "NEW", "name": "New"}, {**MUG, "name": "Other"}], 409, "product_differs"),
            ([{"sku": "NEW", "name": "New"}] * 2, 422, "duplicate_sku"),
            ([{"sku": str(n), "name": "New"} for n in range(501)], 422, "invalid_fields"),
            ([], 422, "invalid_fields"),
        ],
    )
    def test_all_are_added_or_none(
        self, shop: Shop, admin: Caller, products: list[dict[str, object]], status: int, code: str
    ) -> None:
        admin.post("/v1/products", MUG)
        before = contents(shop.services)

        answer = admin.post("/v1/products", {"products": products})

        assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
        assert contents(shop.services) == before


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/v1/markets", {"code": "FR", "name": "Magasin", "currency": "EUR"}, {"currency": "USD"}),
        ("/v1/warehouses", {"code": "C", "name": "Dover", "priority": 3}, {"priority": 4}),
    ],
)
def test_the_same_again_is_no_error_and_another_is(
    shop: Shop, admin: Caller, csr: Caller, path: str, body: dict[str, object], other: dict[str, object]
) -> None:
    first = admin.post(path, body)
    before = {name: rows for name, rows in contents(shop.services).items() if name != "idempotency_key"}
    again, differs = admin.post(path, body), admin.post(path, body | other)

    assert [answer.status_code for answer in (first, again, differs)] == [201, 200, 409]
    assert first.json == again.json
    assert {name: rows for name, rows in contents(shop.services).items() if name != "idempotency_key"} == before
    noun = path.rsplit("/", 1)[1]
    assert body.items() <= next(each for each in csr.get(path).json[noun] if each["code"] == body["code"]).items()


def test_two_warehouses_are_never_tried_at_the_same_time(admin: Caller) -> None:
    answer = admin.post("/v1/warehouses", {"code": "C", "name": "Dover", "priority": 1})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/priority_taken")


class TestCustomers:
    def test_a_customer_has_an_address_book(self, csr: Caller) -> None:
        added = csr.post("/v1/customers", {"name": "Bo Lind", "email": "Bo@example.org", "addresses": [ADDRESS]})
        more = csr.post(f"/v1/customers/{added.json['id']}/addresses", {**ADDRESS, "line1": "1 Hill"})

        assert added.status_code == 201
        assert added.headers["Location"] == f"/v1/customers/{added.json['id']}"
        assert [each["address"]["line1"] for each in more.json["addresses"]] == ["2 Quay", "1 Hill"]
        assert csr.get(f"/v1/customers/{added.json['id']}").json == more.json
        assert csr.get("/v1/customers", email="bo@EXAMPLE.org").json["customers"] == [more.json]
        assert csr.get("/v1/customers", email="o@example.org").json["customers"] == []
        assert csr.post("/v1/customers/999/addresses", ADDRESS).status_code == 404

    def test_an_email_address_is_one_customers(self, shop: Shop, csr: Caller) -> None:
        csr.post("/v1/customers", {"name": "Bo Lind", "email": "bo@example.org"})

        answer = csr.post("/v1/customers", {"name": "Another", "email": "BO@example.org"})

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/email_taken")
        assert one(shop.services, "SELECT count(*) FROM customer") == 1

    def test_pages_lead_on(self, csr: Caller) -> None:
        ids = [csr.post("/v1/customers", {"name": "Bo Lind"}).json["id"] for _ in range(3)]

        first = csr.get("/v1/customers", limit=2).json
        second = csr.get(first["next"]).json

        assert [each["id"] for each in first["customers"] + second["customers"]] == ids
