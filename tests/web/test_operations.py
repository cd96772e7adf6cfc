"""Operations, dead letters, health, and what every answer carries."""

import pytest
from api_client import Api, Caller
from builders import Shop, hasten, one, rows, work_off
from sqlalchemy import text

from fulfillment.access.models import Role
from web.api import health


def test_an_operation_is_its_own_clients(shop: Shop, api: Api, warehouse: Caller, csr: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    path = f"/v1/shipments/{shop.shipments(placed.id)[0]}/release"

    mine = warehouse.post(path).headers["Location"]

    assert warehouse.get(mine).status_code == 200
    assert csr.get(mine).status_code == 200
    assert api.caller(Role.WAREHOUSE).get(mine).status_code == 404
    assert csr.get("/v1/operations/1").status_code == 404


class TestDeadLetters:
    def test_a_step_that_failed_for_good_is_listed_and_made_due_again(self, shop: Shop, admin: Caller) -> None:
        shop.sells("MUG", A=5)
        shop.places(("MUG", 1))
        with shop.services.transaction() as session:
            session.execute(text("UPDATE dispatch SET dead = true, failures = 5, last_error = 'it broke'"))
        work_off(shop.services)
        [letter] = admin.get("/v1/dead-letters").json["dead_letters"]
        assert (letter["step"], letter["error"], letter["failures"]) == ("payments.authorize", "it broke", 5)

        replayed = admin.post(f"/v1/dead-letters/{letter['id']}/replay")
        work_off(shop.services)

        assert (replayed.status_code, replayed.json) == (200, {"id": letter["id"], "replayed": True})
        assert admin.get("/v1/dead-letters").json == {"dead_letters": [], "next": None}
        assert one(shop.services, "SELECT payment_status FROM purchase_order") == "authorized"
        assert admin.post(f"/v1/dead-letters/{letter['id']}/replay").status_code == 404

    def test_what_is_alive_is_not_replayed(self, shop: Shop, admin: Caller) -> None:
        shop.sells("MUG", A=5)
        shop.places(("MUG", 1))
        [before] = rows(shop.services, "SELECT id, fence FROM dispatch")

        assert admin.post(f"/v1/dead-letters/{before[0]}/replay").status_code == 404
        assert rows(shop.services, "SELECT id, fence FROM dispatch") == [before]


class TestHealth:
    def test_a_process_that_can_work_is_ready(self, shop: Shop, api: Api) -> None:
        shop.sells("MUG")
        shop.places(("MUG", 1))
        hasten(shop.services)

        ready = api.nobody.get("/readyz")

        assert ready.status_code == 200
        assert (ready.json["status"], ready.json["database"]) == ("ready", True)
        assert ready.json["schema_version"] == ready.json["newest_schema_version"]
        assert ready.json["oldest_due_seconds"] >= 1
        assert api.nobody.get("/healthz").json == {"status": "ok"}

    def test_an_old_schema_is_not_ready(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "suits", lambda _version: False)

        answer = api.nobody.http.get("/readyz")

        assert (answer.status_code, answer.json["status"], answer.json["database"]) == (503, "not_ready", True)

    def test_a_database_that_is_gone_is_not_ready_but_the_process_lives(
        self, api: Api, storefront: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from sqlalchemy import create_engine

        gone = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 2})
        monkeypatch.setattr(api.services.single_statements, "kw", {**api.services.single_statements.kw, "bind": gone})

        answer = api.nobody.http.get("/readyz")
        refused = storefront.get("/v1/orders")

        assert (answer.status_code, answer.json["database"]) == (503, False)
        assert (refused.status_code, refused.json["type"]) == (503, "/problems/busy")
        assert refused.headers["Retry-After"] == "1"
        assert api.nobody.get("/healthz").status_code == 200


class TestEveryAnswer:
    def test_the_request_id_comes_back_or_is_made(self, api: Api) -> None:
        mine = api.nobody.send("GET", "/healthz", headers={"X-Request-ID": "req-1:2/3"})
        strange = api.nobody.send("GET", "/healthz", headers={"X-Request-ID": "<script>"})
        failed = api.nobody.send("GET", "/v1/orders", headers={"X-Request-ID": "req-4"})

        assert mine.headers["X-Request-ID"] == "req-1:2/3"
        assert len(strange.headers["X-Request-ID"]) == 32
        assert (failed.headers["X-Request-ID"], failed.json["request_id"]) == ("req-4", "req-4")

    def test_nothing_is_cached_framed_or_guessed_and_no_cookie_is_set(self, api: Api) -> None:
        headers = api.nobody.get("/healthz").headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Set-Cookie" not in headers
