"""A command that is sent twice is carried out once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from api_client import Api, Caller, a_checkout, contents
from builders import Shop, one, rows, work_off
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from fulfillment.access.models import Role
from fulfillment.db.session import make_engine, make_sessions
from web import idempotency


def _kept(shop: Shop) -> list[tuple[Any, ...]]:
    return rows(shop.services, "SELECT route, key, status FROM idempotency_key ORDER BY created_at, key")


def test_the_first_answer_comes_again_and_nothing_else_happens(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", A=10)
    first = storefront.post("/v1/checkouts", a_checkout(), key="cart-1")
    work_off(shop.services)
    before = contents(shop.services)

    again = storefront.post("/v1/checkouts", a_checkout(), key="cart-1")

    assert (again.status_code, again.json, again.headers["Location"]) == (202, first.json, first.headers["Location"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert contents(shop.services) == before


def test_spaces_and_the_order_of_members_make_no_other_request(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", A=10)
    body = a_checkout()
    first = storefront.post("/v1/checkouts", body, key="cart-1")

    again = storefront.post("/v1/checkouts", dict(reversed(body.items())), key="cart-1")

    assert again.json == first.json
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1


def test_a_repeat_may_wait_for_the_outcome_too(shop: Shop, storefront: Caller) -> None:
    shop.sells("MUG", A=10)
    first = storefront.post("/v1/checkouts", a_checkout(), key="cart-1")
    work_off(shop.services)

    again = storefront.post("/v1/checkouts", a_checkout(), key="cart-1", wait=10)

    assert (again.status_code, again.json["number"]) == (200, first.json["number"])
    assert again.json["payment_status"] == "authorized"
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_for_another_request_is_refused(shop: Shop, storefront: Caller, admin: Caller) -> None:
    shop.sells("MUG", A=10)
    storefront.post("/v1/checkouts", a_checkout(), key="cart-1")
    admin.post("/v1/markets", {"code": "FR", "name": "Magasin", "currency": "EUR"}, key="market")
    before = contents(shop.services)

    checkout = storefront.post("/v1/checkouts", a_checkout(("MUG", 2)), key="cart-1")
    market = admin.post("/v1/markets", {"code": "FR", "name": "Magasin", "currency": "USD"}, key="market")

    for answer in (checkout, market):
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/idempotency_key_reused")
    assert contents(shop.services) == before


def test_the_same_key_on_another_path_of_the_route_is_another_request(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    one_order, other = (shop.places(("MUG", 1)).number for _ in range(2))
    assert csr.post(f"/v1/orders/{one_order}/holds", {"reason": "look"}, key="k").status_code == 201

    answer = csr.post(f"/v1/orders/{other}/holds", {"reason": "look"}, key="k")

    assert answer.json["type"] == "/problems/idempotency_key_reused"
    assert one(shop.services, "SELECT count(*) FROM hold") == 1


def test_a_key_counts_per_client_and_per_route(shop: Shop, api: Api, storefront: Caller, csr: Caller) -> None:
    shop.sells("MUG")
    other = api.caller(Role.STOREFRONT)

    numbers = {
        caller.post("/v1/checkouts", a_checkout(), key="1").json["number"] for caller in (storefront, other, csr)
    }
    held = csr.post(f"/v1/orders/{min(numbers)}/holds", {"reason": "look"}, key="1")

    assert len(numbers) == 3
    assert held.status_code == 201


@pytest.mark.parametrize("wait", [None, 1])
def test_nothing_is_kept_for_a_refused_command(shop: Shop, csr: Caller, wait: int | None) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number
    hold = csr.post(f"/v1/orders/{number}/holds", {"reason": "look"}).json["id"]
    body = {"reason": "fraud", "notify_customer": False}
    refused = csr.post(f"/v1/orders/{number}/cancellation", body, key="cancel", wait=wait)
    assert (refused.status_code, refused.json["guard"]) == (409, "on_hold")
    assert ("POST /v1/orders/<name:number>/cancellation", "cancel", 200) not in _kept(shop)

    csr.post(f"/v1/orders/{number}/holds/{hold}/release", {})
    allowed = csr.post(f"/v1/orders/{number}/cancellation", body, key="cancel")

    assert (allowed.status_code, allowed.json["status"]) == (200, "canceled")
    assert "Idempotent-Replayed" not in allowed.headers


def test_a_defect_leaves_neither_effect_nor_key(shop: Shop, csr: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number
    before = contents(shop.services)

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep_answer", breaks)
        broken = csr.post(f"/v1/orders/{number}/holds", {"reason": "look"}, key="k")
    assert (broken.status_code, broken.json["type"]) == (500, "/problems/internal")
    assert "secret detail" not in broken.text
    assert contents(shop.services) == before

    assert csr.post(f"/v1/orders/{number}/holds", {"reason": "look"}, key="k").status_code == 201


def test_the_outcome_and_not_the_operation_of_a_repeat_is_waited_for_once(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=1)
    placed = shop.up_to("assigned", ("MUG", 1))
    [shipment_id] = shop.shipments(placed.id)
    first = csr.post(f"/v1/shipments/{shipment_id}/release", {}, key="r")
    assert (first.status_code, first.json["status"]) == (202, "pending")
    work_off(shop.services)

    again = csr.post(f"/v1/shipments/{shipment_id}/release", {}, key="r", wait=10)

    assert (again.status_code, again.json["id"], again.json["status"]) == (200, first.json["id"], "succeeded")
    assert one(shop.services, "SELECT count(*) FROM operation") == 1


def _while_the_first_runs(shop: Shop, key: tuple[int, str, str], act: Any) -> Any:
    """Do something while another transaction holds an idempotency key and does not end."""
    with shop.services.sessions() as holder:
        holder.execute(
            text(
                "INSERT INTO idempotency_key (client_id, route, key, fingerprint) VALUES (:client, :route, :key, 'other')"
            ),
            dict(zip(("client", "route", "key"), key, strict=True)),
        )
        answer = act()
        holder.rollback()
    return answer


@pytest.fixture
def impatient(shop: Shop) -> Iterator[Shop]:
    """A shop whose connections wait for locks as briefly as they can, so that a test need not."""
    url = shop.services.settings.database_url
    assert url is not None
    engine = make_engine(url, pool_size=5, hot=True, lock_timeout=0.05)
    single = engine.execution_options(isolation_level="AUTOCOMMIT")
    sessions = {"sessions": make_sessions(engine), "single_statements": make_sessions(single)}
    shop.services = replace(shop.services, statements=single, **sessions)
    yield shop
    engine.dispose()


def test_a_repeat_while_the_first_is_running_is_told_to_come_back(
    impatient: Shop, storefront: Caller, csr: Caller
) -> None:
    impatient.sells("MUG", A=10)
    impatient.sells("LAST", when_short="deny", A=10)
    number = impatient.places(("MUG", 1)).number
    clients = dict(rows(impatient.services, "SELECT role, id FROM api_key"))

    held = _while_the_first_runs(
        impatient,
        (clients["csr"], "POST /v1/orders/<name:number>/holds", "k"),
        lambda: csr.post(f"/v1/orders/{number}/holds", {"reason": "look"}, key="k"),
    )
    checkouts = [
        _while_the_first_runs(
            impatient,
            (clients["storefront"], "POST /v1/checkouts", "k"),
            lambda sku=sku: storefront.post("/v1/checkouts", a_checkout((sku, 1)), key="k"),
        )
        for sku in ("MUG", "LAST")
    ]

    for answer in (held, *checkouts):
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/idempotency_key_in_use")
        assert answer.headers["Retry-After"] == "1"
    assert one(impatient.services, "SELECT count(*) FROM hold") == 0
    assert one(impatient.services, "SELECT count(*) FROM purchase_order") == 1
    assert _kept(impatient) == []


def test_waiting_for_something_else_in_vain_is_no_conflict(impatient: Shop, csr: Caller) -> None:
    impatient.sells("MUG")
    placed = impatient.places(("MUG", 1))

    with impatient.services.sessions() as holder:
        holder.execute(text("SELECT 1 FROM purchase_order WHERE id = :id FOR UPDATE"), {"id": placed.id})
        answer = csr.post(f"/v1/orders/{placed.number}/holds", {"reason": "look"}, key="k")
        holder.rollback()

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/busy")
    assert answer.headers["Retry-After"] == "1"
    assert csr.post(f"/v1/orders/{placed.number}/holds", {"reason": "look"}, key="k").status_code == 201


def test_twenty_at_once_with_one_key_are_one_order(shop: Shop, api: Api, storefront: Caller) -> None:
    shop.sells("MUG", A=10)
    start, answers = threading.Barrier(20), []

    def send() -> None:
        caller = Caller(api.app, storefront.token)
        start.wait()
        answers.append(caller.post("/v1/checkouts", a_checkout(), key="cart-1"))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [202] * 20
    assert len({answer.json["number"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 1


def _failing_with(sqlstate: str) -> OperationalError:
    cause = type("Cause", (Exception,), {"sqlstate": sqlstate, "diag": None})(sqlstate)
    return OperationalError("SELECT", {}, cause)


def test_the_loser_of_a_deadlock_begins_again_from_nothing(
    shop: Shop, csr: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number
    keep, failures = idempotency.keep_answer, [_failing_with("40P01"), _failing_with("40001")]

    def fails_twice(*arguments: Any, **more: Any) -> None:
        if failures:
            raise failures.pop()
        keep(*arguments, **more)

    monkeypatch.setattr(idempotency, "keep_answer", fails_twice)
    answer = csr.post(f"/v1/orders/{number}/holds", {"reason": "look"})

    assert answer.status_code == 201
    assert one(shop.services, "SELECT count(*) FROM hold") == 1


def test_who_loses_every_time_is_told_to_come_back(shop: Shop, csr: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1)).number
    before = contents(shop.services)

    def fails(*_: Any, **__: Any) -> None:
        raise _failing_with("40P01")

    monkeypatch.setattr(idempotency, "keep_answer", fails)
    answer = csr.post(f"/v1/orders/{number}/holds", {"reason": "look"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert contents(shop.services) == before
