"""Orders over HTTP: read, list, hold, cancel, and what happened to them."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Api, Caller, a_checkout, contents, pence
from builders import Shop, one, work_off

from fulfillment.access.models import Role

CANCELLATION = {"reason": "changed their mind", "notify_customer": True}


def _numbers(caller: Caller, **query: object) -> list[str]:
    return [order["number"] for order in caller.get("/v1/orders", **query).json["orders"]]


class TestList:
    @pytest.mark.rule("OL22")
    def test_a_page_leads_to_the_next_until_all_were_seen_once(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        placed = [shop.places(("MUG", 1)).number for _ in range(5)]

        seen, path, pages = [], "/v1/orders?limit=2&market=DE&market=UK", 0
        while path is not None:
            page = csr.get(path).json
            seen += [order["number"] for order in page["orders"]]
            path, pages = page["next"], pages + 1

        assert seen == placed[::-1]
        assert pages == 3

    def test_the_latest_placed_come_first_whatever_their_ids(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        late = shop.places(("MUG", 1))
        shop.clock.forward(minutes=-1)
        twins = [shop.places(("MUG", 1)) for _ in range(2)]
        shop.clock.forward(microseconds=1)
        between = shop.places(("MUG", 1))

        seen, path = [], "/v1/orders?limit=1"
        while path is not None:
            page = csr.get(path).json
            seen += [order["number"] for order in page["orders"]]
            path = page["next"]

        assert seen == [late.number, between.number, twins[1].number, twins[0].number]

    @pytest.mark.parametrize(
        "text", ["7", "2026-11-21 7", "2026-11-21T10:00:00 7", "2026-11-21T10:00:00+00:00 x", "x 7"]
    )
    def test_a_cursor_that_is_not_ours_is_refused(self, csr: Caller, text: str) -> None:
        cursor = base64.urlsafe_b64encode(text.encode()).decode()

        answer = csr.get("/v1/orders", cursor=cursor)

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/bad_cursor")

    def test_the_next_link_holds_all_that_was_asked_for(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        for _ in range(2):
            shop.places(("MUG", 1), email="x+y@example.org")

        link = csr.get("/v1/orders", limit=1, customer_email="x+y@example.org", status="in_progress").json["next"]

        asked = parse_qs(urlsplit(link).query)
        assert (asked["limit"], asked["customer_email"], asked["status"]) == (
            ["1"],
            ["x+y@example.org"],
            ["in_progress"],
        )
        assert len(csr.get(link).json["orders"]) == 1

    def test_each_filter_finds_its_own(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        old = shop.places(("MUG", 1), market="UK", email="Bo@Example.org")
        shop.clock.forward(days=1)
        new = shop.places(("MUG", 1), email=None)
        held = shop.places(("MUG", 1))
        shop.holds(held.id)
        canceled = shop.places(("MUG", 1))
        shop.cancels(canceled.id)
        after = "2026-03-03T00:00:00Z"

        assert _numbers(csr, market="UK") == [old.number]
        assert _numbers(csr, number=new.number) == [new.number]
        assert _numbers(csr, status="on_hold") == [held.number]
        assert _numbers(csr, status="in_progress") == [new.number, old.number]
        assert _numbers(csr, status="canceled") == [canceled.number]
        assert _numbers(csr, created_to=after) == [old.number]
        assert _numbers(csr, created_from=after) == [canceled.number, held.number, new.number]
        assert _numbers(csr, customer_email="bo@example.org") == [canceled.number, held.number, old.number]
        assert _numbers(csr, customer_email="o@example.org") == []
        assert _numbers(csr, market="UK", status="canceled") == []

    def test_an_order_on_hold_says_what_lies_under_it(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        shop.holds(shop.places(("MUG", 1)).id)

        [order] = csr.get("/v1/orders").json["orders"]

        assert (order["status"], order["underlying_status"]) == ("on_hold", "in_progress")


class TestRead:
    @pytest.mark.rule("RO2")
    def test_the_version_is_the_etag(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        number = shop.places(("MUG", 1)).number
        before = csr.get(f"/v1/orders/{number}").headers["ETag"]

        csr.post(f"/v1/orders/{number}/holds", {"reason": "look"})

        assert before == '"1"'
        assert csr.get(f"/v1/orders/{number}").headers["ETag"] == '"2"'

    def test_a_storefront_is_not_told_why_it_is_on_hold(self, shop: Shop, storefront: Caller, csr: Caller) -> None:
        shop.sells("MUG")
        number = storefront.post("/v1/checkouts", a_checkout()).json["number"]
        csr.post(f"/v1/orders/{number}/holds", {"reason": "fraud", "note": "card tester?"})

        answer = storefront.get(f"/v1/orders/{number}")

        assert (answer.json["status"], answer.json["holds"]) == ("on_hold", None)
        assert "fraud" not in answer.text
        assert storefront.get(f"/v1/orders/{number}/timeline").status_code == 403

    def test_the_timeline_says_who_and_because_of_which_request(self, shop: Shop, api: Api, storefront: Caller) -> None:
        shop.sells("MUG", A=5)
        csr = api.caller(Role.CSR, name="ana")
        number = storefront.send(
            "POST",
            "/v1/checkouts",
            json=a_checkout(),
            headers={"Idempotency-Key": "1", "X-Request-ID": "req-placing"},
        ).json["number"]
        work_off(shop.services)
        csr.send(
            "POST",
            f"/v1/orders/{number}/cancellation",
            json=CANCELLATION,
            headers={"Idempotency-Key": "1", "X-Request-ID": "req-canceling"},
        )

        entries = csr.get(f"/v1/orders/{number}/timeline").json["entries"]
        first_page = csr.get(f"/v1/orders/{number}/timeline", limit=2).json

        told = [(entry["verb"], entry["cause_id"], entry["actor"]) for entry in entries]
        assert told[0] == ("place", "req-placing", "key:storefront somebody")
        assert ("assign_inventory", "req-placing", "key:storefront somebody") in told
        assert told[-2:] == [
            ("cancel", "req-canceling", "key:ana"),
            ("cancel", "req-canceling", "key:ana"),
        ]
        assert [entry["id"] for entry in entries] == sorted(entry["id"] for entry in entries)
        assert first_page["entries"] == entries[:2]
        assert csr.get(first_page["next"]).json["entries"] == entries[2:4]


class TestHold:
    @pytest.mark.rule("OL7")
    @pytest.mark.rule("OL8")
    @pytest.mark.rule("OL9")
    def test_a_hold_stops_a_cancellation_until_it_is_released(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        number = shop.places(("MUG", 1)).number

        hold = csr.post(f"/v1/orders/{number}/holds", {"reason": "look", "note": "two\nlines"})
        refused = csr.post(f"/v1/orders/{number}/cancellation", CANCELLATION)
        released = csr.post(f"/v1/orders/{number}/holds/{hold.json['id']}/release", {})
        twice = csr.post(f"/v1/orders/{number}/holds/{hold.json['id']}/release", {})

        assert hold.status_code == 201
        assert (hold.json["status"], hold.json["reason"], hold.json["note"]) == ("open", "look", "two\nlines")
        assert hold.json["opened_by"] == "key:csr somebody"
        assert (refused.status_code, refused.json["guard"]) == (409, "on_hold")
        assert "release" in refused.json["remedy"]
        assert (released.status_code, released.json["status"]) == (200, "in_progress")
        assert released.json["holds"][0]["released_by"] == "key:csr somebody"
        assert (twice.status_code, twice.json["guard"]) == (409, "status")

    def test_releasing_may_cancel_in_the_same_breath(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        number = shop.places(("MUG", 1)).number
        hold = csr.post(f"/v1/orders/{number}/holds", {"reason": "fraud"}).json["id"]

        answer = csr.post(f"/v1/orders/{number}/holds/{hold}/release", {"then": "cancel"} | CANCELLATION)

        assert (answer.status_code, answer.json["status"], answer.json["cancel_reason"]) == (
            200,
            "canceled",
            "changed their mind",
        )

    @pytest.mark.parametrize(
        "body",
        [
            {"then": "cancel"},
            {"then": "cancel", "reason": "x"},
            {"then": "cancel", "notify_customer": True},
            {"reason": "x"},
            {"notify_customer": True, "reason": "x"},
            {"then": "ship"},
        ],
    )
    def test_what_follows_must_be_said_in_full(self, shop: Shop, csr: Caller, body: dict[str, object]) -> None:
        shop.sells("MUG")
        number = shop.places(("MUG", 1)).number
        hold = csr.post(f"/v1/orders/{number}/holds", {"reason": "fraud"}).json["id"]

        assert csr.post(f"/v1/orders/{number}/holds/{hold}/release", body).status_code == 422
        assert csr.get(f"/v1/orders/{number}").json["status"] == "on_hold"

    def test_a_hold_of_another_order_is_not_found(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        held, other = shop.places(("MUG", 1)), shop.places(("MUG", 1))
        hold = shop.holds(held.id)
        before = contents(shop.services)

        assert csr.post(f"/v1/orders/{other.number}/holds/{hold}/release", {}).status_code == 404
        assert contents(shop.services) == before


class TestCancel:
    @pytest.mark.rule("OL10")
    @pytest.mark.rule("OL11")
    @pytest.mark.rule("PY5")
    def test_nothing_ships_after_the_answer_and_the_money_goes_back(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG", A=5)
        placed = shop.up_to("released", ("MUG", 2))

        answer = csr.post(f"/v1/orders/{placed.number}/cancellation", CANCELLATION)

        assert answer.status_code == 200
        assert (answer.json["status"], answer.json["shipments"][0]["status"]) == ("canceled", "canceled")
        assert answer.json["amounts"]["canceled"] == pence(2000)
        assert shop.stock("MUG") == (5, 0)
        work_off(shop.services)
        assert csr.get(f"/v1/orders/{placed.number}").json["amounts"]["authorized"] == pence(0)

    @pytest.mark.rule("OL12")
    def test_whether_the_customer_is_told_must_be_said(self, shop: Shop, csr: Caller) -> None:
        shop.sells("MUG")
        number = shop.places(("MUG", 1)).number

        answer = csr.post(f"/v1/orders/{number}/cancellation", {"reason": "x"})

        assert [fault["field"] for fault in answer.json["errors"]] == ["notify_customer"]
        assert csr.get(f"/v1/orders/{number}").json["status"] == "in_progress"

    def test_a_storefront_may_cancel_until_the_warehouse_works_it(self, shop: Shop, storefront: Caller) -> None:
        shop.sells("MUG", A=5)
        early, late = (storefront.post("/v1/checkouts", a_checkout()).json for _ in range(2))
        work_off(shop.services)
        shop.brings(one(shop.services, "SELECT id FROM purchase_order WHERE number = :n", n=late["number"]), "released")

        allowed = storefront.post(f"/v1/orders/{early['number']}/cancellation", CANCELLATION)
        refused = storefront.post(f"/v1/orders/{late['number']}/cancellation", CANCELLATION)

        assert (allowed.status_code, allowed.json["status"]) == (200, "canceled")
        assert (refused.status_code, refused.json["guard"]) == (409, "before_release")
        assert storefront.get(f"/v1/orders/{late['number']}").json["status"] == "in_progress"

    def test_a_storefront_cannot_cancel_what_is_not_its_own(self, shop: Shop, storefront: Caller, csr: Caller) -> None:
        shop.sells("MUG")
        number = csr.post("/v1/checkouts", a_checkout()).json["number"]
        before = contents(shop.services)

        assert storefront.post(f"/v1/orders/{number}/cancellation", CANCELLATION).status_code == 404
        assert contents(shop.services) == before


@pytest.mark.rule("RO1")
def test_a_storefront_keeps_its_orders_when_its_key_is_changed(shop: Shop, api: Api) -> None:
    shop.sells("MUG")
    old, new = (api.caller(Role.STOREFRONT, name=f"key {n}", storefront="Thistle") for n in (1, 2))
    number = old.post("/v1/checkouts", a_checkout()).json["number"]

    assert new.get(f"/v1/orders/{number}").status_code == 200
    assert api.caller(Role.STOREFRONT, name="key 1", storefront="Tide").get(f"/v1/orders/{number}").status_code == 404
