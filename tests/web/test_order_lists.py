"""Lists of orders over HTTP: each filter, several together, columns and pages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Api, Caller, a_checkout, contents
from builders import Shop, broken
from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.checkout.checkout import CheckoutLine
from fulfillment.orders.filter import OrderFilter
from fulfillment.orders.find import every_page
from fulfillment.orders.search.blocks import gather_blocks
from fulfillment.orders.search.keep import keep_for_search


def _orders(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get("/v1/orders", **query)
    assert answer.status_code == 200, answer.text
    return answer.json["orders"]


def _names(caller: Caller, **query: Any) -> list[str | None]:
    return [order["customer"]["name"] for order in _orders(caller, **query)]


def _numbers(caller: Caller, **query: Any) -> list[str]:
    return [order["number"] for order in _orders(caller, **query)]


def _checks_out(caller: Caller, name: str | None, email: str | None = None, **more: Any) -> str:
    customer = {key: value for key, value in (("name", name), ("email", email)) if value is not None}
    answer = caller.post("/v1/checkouts", a_checkout(**{"customer": customer, **more}))
    assert answer.status_code == 202, answer.text
    return answer.json["number"]


@pytest.fixture
def people(shop: Shop, csr: Caller) -> dict[str, str]:
    """Their orders, by name; Taylor Hayes is the latest."""
    shop.sells("MUG")
    shop.sells("SKU-40707827")
    found = {}
    for name, email in (
        ("Mercy Taylor", "mercy@example.com"),
        ("Bo_Lind", "bo@example.com"),
        ("Bo Lind 100%", None),
        ("Taylor Hayes", "Taylor@example.com"),
    ):
        found[name] = _checks_out(csr, name, email)
        shop.clock.forward(minutes=1)
    return found


class TestWords:
    @pytest.mark.rule("FI3")
    @pytest.mark.parametrize("term", ["%tay", "tay", "TAY%", "%aylo%"])
    def test_a_percent_sign_stands_for_any_characters(self, people: dict[str, str], csr: Caller, term: str) -> None:
        assert _names(csr, customer_name=term) == ["Taylor Hayes", "Mercy Taylor"]

    @pytest.mark.rule("FI3")
    def test_it_stands_for_those_in_between_too(self, people: dict[str, str], csr: Caller) -> None:
        assert _names(csr, customer_name="mer%lor") == ["Mercy Taylor"]
        assert _names(csr, customer_name="lor%mercy") == []

    @pytest.mark.rule("FI3")
    def test_nothing_else_is_a_wildcard(self, people: dict[str, str], csr: Caller) -> None:
        assert _names(csr, customer_name="bo_") == ["Bo_Lind"]
        assert _names(csr, customer_name=r"bo\_lind") == []
        assert _names(csr, customer_name=".*tay") == []
        assert _names(csr, customer_name="[m]ercy") == []
        assert _names(csr, customer_name="lind 100") == ["Bo Lind 100%"]

    @pytest.mark.rule("FI2")
    def test_an_address_matches_as_a_whole(self, people: dict[str, str], csr: Caller) -> None:
        for member in ("customer_email", "email", "q"):
            assert _names(csr, **{member: "taylor@EXAMPLE.com"}) == ["Taylor Hayes"]
            assert _names(csr, **{member: "@example.com"}) == []
            assert _names(csr, **{member: "ylor@example.com"}) == []

    @pytest.mark.rule("FI4")
    def test_an_order_without_an_account_is_found_by_its_name_or_address(
        self, people: dict[str, str], csr: Caller
    ) -> None:
        number = people["Mercy Taylor"]

        assert _numbers(csr, customer_name="mercy") == _numbers(csr, email="mercy@example.com") == [number]

    @pytest.mark.rule("FI1")
    def test_a_number_matches_in_part(self, people: dict[str, str], csr: Caller) -> None:
        number = people["Bo_Lind"]

        assert _numbers(csr, number=number) == [number]
        assert number in _numbers(csr, number=f"%{number[-4:]}")
        assert _numbers(csr, number=number[2:].lower()) == [number]
        assert _numbers(csr, number="nothing") == []

    @pytest.mark.rule("FI1")
    def test_a_name_is_that_of_any_of_its_forms(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        number = _checks_out(csr, "Clinic")
        with shop.services.transaction() as session:
            session.execute(text("UPDATE order_form SET name = 'Radiology'"))
            session.execute(
                text(
                    "INSERT INTO order_form (id, order_id, name, subtotal) SELECT 9, id, 'Ward 7', 0 FROM purchase_order"
                )
            )
            keep_for_search(session, [int(number[2:])])

        assert [order["name"] for order in _orders(csr, name="ward")] == ["Ward 7"]
        assert _numbers(csr, name="radio") == [number]
        assert _numbers(csr, name="clinic") == []
        assert _numbers(csr, customer_name="clinic") == [number]

    def test_one_search_looks_everywhere(self, people: dict[str, str], shop: Shop, csr: Caller) -> None:
        lamp = CheckoutLine("X-1", 1, price=100, name="Paper lantern", manual=True)
        placed = shop.places(lamp, ("SKU-40707827", 1))

        assert _numbers(csr, q="lantern") == [placed.number]
        assert _numbers(csr, q="40707") == [placed.number]
        assert _numbers(csr, q="paper%rn") == [placed.number]
        assert _numbers(csr, q="lantern%sku") == []  # Names and SKUs are lines of their own.
        assert people["Mercy Taylor"] in _numbers(csr, q="mercy")
        assert _numbers(csr, q=placed.number) == [placed.number]

    def test_what_changes_is_found_as_it_is_now(self, people: dict[str, str], shop: Shop, csr: Caller) -> None:
        number = people["Bo_Lind"]
        with shop.services.transaction() as session:
            session.execute(
                text("UPDATE purchase_order SET customer_name = 'Élan Vital' WHERE number = :number"),
                {"number": number},
            )
            keep_for_search(session, [int(number[2:])])

        assert _numbers(csr, customer_name="éLAN") == [number]
        assert _names(csr, customer_name="bo_lind") == []
        assert broken(shop.services) == {}

    @pytest.mark.rule("FI3")
    @pytest.mark.parametrize("field", ["number", "name", "customer_name", "q"])
    @pytest.mark.parametrize("term", ["", "ta", "%%%", "%ta%y%", "   ta   "])
    def test_what_is_too_short_is_refused(self, shop: Shop, csr: Caller, field: str, term: str) -> None:
        before = contents(shop.services)

        answer = csr.get("/v1/orders", **{field: term})

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/search_too_short")
        assert (answer.json["field"], answer.json["least_characters"]) == (field, 3)
        assert "3 characters" in answer.json["remedy"]
        assert contents(shop.services) == before


class TestStatusMarketAndTime:
    @pytest.mark.rule("FI1", "OL22")
    def test_open_is_what_is_not_finished(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=10)
        going, held, canceled = (shop.places(("MUG", 1)) for _ in range(3))
        shop.holds(held.id)
        shop.cancels(canceled.id)
        shipped = shop.up_to("shipped", ("MUG", 1))

        assert _numbers(csr, status="open") == [held.number, going.number]
        assert _numbers(csr, status=["canceled", "completed"]) == [shipped.number, canceled.number]
        assert _numbers(csr, status=["on_hold", "open"]) == [held.number, going.number]
        assert _numbers(csr, status="draft") == []

    @pytest.mark.rule("OL22")
    def test_one_picks_an_open_order_from_the_list(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        placed = shop.places(("MUG", 1))

        [row] = _orders(csr, status="open")
        order = csr.get(f"/v1/orders/{row['number']}").json

        assert order["number"] == placed.number
        assert {name: order[name] for name in row} == row

    @pytest.mark.rule("FI6")
    def test_several_markets_may_be_chosen(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        with shop.services.transaction() as session:
            session.execute(text("INSERT INTO market (code, name, currency) VALUES ('FR', 'Boutique', 'GBP')"))
        german, british, french = (shop.places(("MUG", 1), market=code).number for code in ("DE", "UK", "FR"))

        assert _numbers(csr, market=["DE", "UK"]) == [british, german]
        assert _numbers(csr, market="FR") == [french]
        assert _numbers(csr, market=["DE", "DE"]) == [german]

    @pytest.mark.rule("FI6")
    def test_a_market_that_is_not_there_is_named(self, shop: Shop, csr: Caller) -> None:
        answer = csr.get("/v1/orders", market=["DE", "XX"])

        assert (answer.status_code, answer.json["type"], answer.json["markets"]) == (
            422,
            "/problems/unknown_market",
            ["XX"],
        )
        assert "DE, UK" in answer.json["remedy"]

    @pytest.mark.rule("FI5")
    def test_days_are_those_of_utc_and_both_count(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        numbers = []
        for moment in ("2026-05-01T23:59:59.999999", "2026-05-02T00:00", "2026-05-03T23:59:59", "2026-05-04T00:00"):
            shop.clock.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
            numbers.append(shop.places(("MUG", 1)).number)

        assert _numbers(csr, created_from="2026-05-02", created_to="2026-05-03") == numbers[2:0:-1]
        assert _numbers(csr, created_to="2026-05-01") == numbers[:1]
        assert _numbers(csr, created_from="2026-05-04T00:00:00Z") == numbers[3:]
        assert _numbers(csr, created_to="2026-05-04T00:00:00Z") == numbers[2::-1]
        assert _numbers(csr, created_from="2026-05-04", created_to="2026-05-02") == []

    @pytest.mark.rule("FI5")
    @pytest.mark.parametrize(
        ("preset", "days"),
        [
            ("today", ["2026-03-31"]),
            ("yesterday", ["2026-03-30"]),
            ("last_7_days", ["2026-03-31", "2026-03-30", "2026-03-25"]),
            ("last_30_days", ["2026-03-31", "2026-03-30", "2026-03-25", "2026-03-24", "2026-03-02"]),
            ("this_month", ["2026-03-31", "2026-03-30", "2026-03-25", "2026-03-24", "2026-03-02", "2026-03-01"]),
            ("last_month", ["2026-02-28", "2026-02-01"]),
            (
                "this_year",
                [
                    "2026-03-31",
                    "2026-03-30",
                    "2026-03-25",
                    "2026-03-24",
                    "2026-03-02",
                    "2026-03-01",
                    "2026-02-28",
                    "2026-02-01",
                    "2026-01-01",
                ],
            ),
        ],
    )
    def test_presets_need_no_dates(self, shop: Shop, csr: Caller, preset: str, days: list[str]) -> None:
        shop.sells("MUG")
        placed = "2025-12-31 2026-01-01 2026-02-01 2026-02-28 2026-03-01 2026-03-02 2026-03-24 2026-03-25 2026-03-30 2026-03-31"
        for day in placed.split():
            shop.clock.now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
            shop.places(("MUG", 1))

        assert [order["placed_at"][:10] for order in _orders(csr, created=preset)] == days

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"status": "shipped"}, "status.0"),
            ({"status": ["open", "x"]}, "status.1"),
            ({"created": "tomorrow"}, "created"),
            ({"created_from": "2026-02-30"}, "created_from"),
            ({"created_to": "9999-12-31"}, "created_to"),
            ({"created_from": "2026-02-03T10:00:00"}, "created_from"),
            ({"created": "today", "created_to": "2026-02-03"}, ""),
            ({"email": "a@b", "customer_email": "a@b"}, ""),
            ({"limit": "201"}, "limit"),
            ({"q": "a\0bc"}, "q"),
            ({"nobody": "knows"}, "nobody"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, csr: Caller, query: dict[str, Any], field: str) -> None:
        answer = csr.get("/v1/orders", **query)

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid_fields")
        assert [fault["field"] for fault in answer.json["errors"]] == [field]


class TestTogether:
    @pytest.mark.rule("FI1")
    def test_all_that_is_asked_for_counts(self, people: dict[str, str], shop: Shop, csr: Caller) -> None:
        british = _checks_out(csr, "Taylor Swift", "swift@example.com", market="UK")
        shop.holds(int(people["Mercy Taylor"][2:]))

        assert _numbers(csr, q="tay", market="UK") == [british]
        assert _numbers(csr, customer_name="tay", status="on_hold") == [people["Mercy Taylor"]]
        assert _numbers(csr, customer_name="tay", status="on_hold", market="UK") == []
        assert _numbers(csr, customer_name="tay", email="swift@example.com") == [british]
        assert _numbers(csr, customer_name="tay", q="swift@example.com") == [british]
        assert _numbers(csr, q="mug", customer_name="swift", number=british, created="today") == [british]
        assert _numbers(csr, email="mercy@example.com", status="in_progress") == []
        assert _numbers(csr, market="DE", status="open", created="yesterday") == []

    def test_a_storefront_finds_its_own_alone(self, people: dict[str, str], api: Api, storefront: Caller) -> None:
        mine = _checks_out(storefront, "Tay Bridge")

        assert _numbers(storefront, q="tay") == _numbers(storefront, status="open") == [mine]
        assert _numbers(storefront, customer_name="mercy") == []
        assert _numbers(api.caller(Role.STOREFRONT, name="other"), q="tay") == []

    @pytest.mark.rule("FI8")
    @pytest.mark.parametrize(
        "query",
        [
            {"q": "lind"},
            {"q": "lind", "status": "open"},
            {"status": "open", "market": "DE"},
            {"email": "bo@example.org", "status": "open"},
            {"created": "today"},
        ],
    )
    @pytest.mark.parametrize("gathered", [0, 2])
    def test_a_filter_leads_over_all_its_pages(
        self, shop: Shop, csr: Caller, monkeypatch, query: dict[str, str], gathered: int
    ) -> None:
        monkeypatch.setattr("fulfillment.orders.search.blocks.ORDERS_IN_BLOCK", 4)
        monkeypatch.setattr("fulfillment.orders.search.look.MOST_BLOCKS", 2)
        monkeypatch.setattr("fulfillment.orders.find.MOST_EXAMINED", 3)
        monkeypatch.setattr("fulfillment.orders.find.FIRST_LOOK", 2)
        shop.sells("MUG")
        placed = []
        for _ in range(11):
            placed.append(shop.places(("MUG", 1)).number)
            shop.clock.forward(seconds=1)
        if gathered:
            with shop.services.transaction() as session:
                assert gather_blocks(session, at=shop.now + timedelta(minutes=3)) == gathered
        assert broken(shop.services) == {}

        page = csr.get("/v1/orders", limit=3, **query).json
        seen = [order["number"] for order in page["orders"]]
        while page["next"] is not None:
            page = csr.get(page["next"]).json
            seen += [order["number"] for order in page["orders"]]

        assert seen == placed[::-1]

    @pytest.mark.rule("FI8")
    def test_a_selection_reaches_over_all_pages(self, people: dict[str, str], shop: Shop) -> None:
        with shop.services.transaction() as session:
            pages = list(every_page(session, OrderFilter(q="tay", statuses=["open"]), limit=1))

        ids = [order_id for page in pages for order_id in page.order_ids]
        assert [f"PO{order_id}" for order_id in ids] == [people["Taylor Hayes"], people["Mercy Taylor"]]

    @pytest.mark.rule("FI8")
    def test_the_list_narrows_as_one_types(self, people: dict[str, str], csr: Caller) -> None:
        typed = [len(_orders(csr, q="taylor hayes"[:length])) for length in range(3, 13)]

        assert typed == [2, 2, 2, 2, 2, 1, 1, 1, 1, 1]

    def test_a_cursor_fits_its_own_filter_alone(self, people: dict[str, str], csr: Caller) -> None:
        link = csr.get("/v1/orders", limit=1, status="open").json["next"]
        [cursor] = parse_qs(urlsplit(link).query)["cursor"]

        other = csr.get("/v1/orders", limit=1, status="draft", cursor=cursor)
        wider = csr.get("/v1/orders", limit=2, status="open", columns="total", cursor=cursor)

        assert (other.status_code, other.json["type"]) == (422, "/problems/bad_cursor")
        assert "another filter" in other.json["detail"]
        assert len(wider.json["orders"]) == 2


class TestColumns:
    @pytest.mark.rule("FI7")
    def test_the_columns_are_chosen(self, people: dict[str, str], csr: Caller) -> None:
        [row, *_] = _orders(csr, columns="total,customer_name,invoice_number")

        assert row == {
            "number": people["Taylor Hayes"],
            "total": {"amount": 1000, "currency": "GBP"},
            "customer_name": "Taylor Hayes",
            "invoice_number": None,
        }

    @pytest.mark.rule("FI7")
    def test_without_a_choice_there_are_the_usual_ones(self, people: dict[str, str], csr: Caller) -> None:
        assert list(_orders(csr)[0]) == [
            "number",
            "name",
            "status",
            "underlying_status",
            "payment_status",
            "market",
            "reference",
            "customer",
            "total",
            "placed_at",
        ]

    @pytest.mark.rule("FI7")
    @pytest.mark.parametrize("columns", ["total,margin", "", "number,,total"])
    def test_a_column_that_is_not_there_is_refused_and_the_others_named(self, csr: Caller, columns: str) -> None:
        answer = csr.get("/v1/orders", columns=columns)

        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "unknown_column")
        assert "number, name, status" in answer.json["errors"][0]["message"]
