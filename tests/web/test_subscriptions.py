"""Subscriptions: an order is repeated on a schedule, once per due date, until it is paused or ended (ST7)."""

from threading import Barrier, Thread
from typing import Any

import pytest
from api_client import Caller, contents, pence
from builders import ANA, Shop, broken, one, rows, work_off
from order_entry import begins, offers_methods

from fulfillment.subscriptions import repeat
from fulfillment.subscriptions.repeat import repeat_due
from fulfillment.workflow.sweeps import run_sweep

SWEEP = "sweeps.repeat_subscriptions"
# The clock of the shop begins on 2026-03-02.
MONTHLY: dict[str, Any] = {"every": {"months": 1}, "starts_on": "2026-03-31", "token": "tok_ok"}

pytestmark = pytest.mark.rule("ST7")


@pytest.fixture(autouse=True)
def _goods(shop: Shop) -> None:
    shop.sells("MUG", price=1000, A=50)
    shop.sells("CAP", price=500, A=50)
    offers_methods(shop)


def _subscribed(shop: Shop, csr: Caller, **more: Any) -> dict[str, Any]:
    number = shop.places(("MUG", 1), ("CAP", 1), shipping_method="post").number
    work_off(shop.services)
    answer = csr.post("/v1/subscriptions", {"order": number, **MONTHLY, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def _on(shop: Shop, days: int) -> int | None:
    shop.clock.forward(days=days)
    return run_sweep(shop.services, SWEEP)


def _orders(shop: Shop) -> int:
    return int(one(shop.services, "SELECT count(*) FROM purchase_order"))


def test_the_order_is_repeated_and_paid_when_it_is_due(shop: Shop, csr: Caller) -> None:
    made = _subscribed(shop, csr)
    path = f"/v1/subscriptions/{made['id']}"

    assert (made["status"], made["next_due"], made["paid_by_card"]) == ("active", "2026-03-31", True)
    assert (_on(shop, 28), _orders(shop)) == (0, 1)  # March 30
    assert (_on(shop, 1), _orders(shop)) == (1, 2)
    work_off(shop.services)
    found = csr.get(path).json
    assert (found["next_due"], [each["due_on"] for each in found["orders"]]) == ("2026-04-30", ["2026-03-31"])
    order = csr.get(f"/v1/orders/{found['orders'][0]['order']}").json
    assert (order["status"], order["payment_status"], order["total"]) == ("in_progress", "authorized", pence(1800))
    assert order["shipments"][0]["status"] == "inventory_assigned"
    verbs = [entry["verb"] for entry in csr.get(f"/v1/orders/{order['number']}/timeline").json["entries"]]
    assert verbs[:3] == ["enter", "place", "repeat_by_subscription"]
    assert (_on(shop, 30), _on(shop, 31)) == (1, 1)
    assert [each["due_on"] for each in csr.get(path).json["orders"]] == ["2026-03-31", "2026-04-30", "2026-05-31"]
    work_off(shop.services)
    assert broken(shop.services) == {}


def test_two_beats_at_once_repeat_it_once(shop: Shop, csr: Caller) -> None:
    made = _subscribed(shop, csr)
    shop.clock.forward(days=29)
    together, told = Barrier(4), []

    def beat() -> None:
        together.wait()
        with shop.services.transaction() as session:
            told.append(repeat_due(session, made["id"], cause=ANA, at=shop.now))

    beats = [Thread(target=beat) for _ in range(4)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()

    assert sorted(told) == [False, False, False, True]
    assert rows(shop.services, "SELECT due_on::text FROM subscription_order") == [("2026-03-31",)]
    assert _orders(shop) == 2


def test_what_dies_between_repeating_and_writing_it_down_repeats_nothing(
    shop: Shop, csr: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    _subscribed(shop, csr)

    def killed(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(repeat, "_put_down", killed)
        assert (_on(shop, 29), _orders(shop)) == (0, 1)
    shop.clock.forward(minutes=1)

    assert (run_sweep(shop.services, SWEEP), _orders(shop)) == (1, 2)
    work_off(shop.services)
    assert broken(shop.services) == {}


def test_an_item_that_is_gone_puts_it_to_a_person_and_it_goes_on_from_the_same_date(
    shop: Shop, csr: Caller, admin: Caller
) -> None:
    made = _subscribed(shop, csr)
    path = f"/v1/subscriptions/{made['id']}"
    admin.change("PATCH", "/v1/products/CAP", {"active": False})

    _on(shop, 29)

    blocked = csr.get(path).json
    assert (blocked["status"], blocked["next_due"], blocked["orders"]) == ("blocked", "2026-03-31", [])
    assert (blocked["problem"]["code"], blocked["problem"]["due_on"]) == ("item_gone", "2026-03-31")
    assert blocked["problem"]["remedy"].startswith(f"mend it and POST {path}/resume")
    assert csr.get("/v1/subscriptions", status="blocked").json["subscriptions"] == [blocked]
    assert (_orders(shop), _on(shop, 1)) == (1, 0)
    admin.change("PATCH", "/v1/products/CAP", {"active": True})
    resumed = csr.post(f"{path}/resume").json
    assert (resumed["status"], resumed["next_due"], resumed["problem"]) == ("active", "2026-03-31", None)
    shop.clock.forward(minutes=1)
    assert (run_sweep(shop.services, SWEEP), _orders(shop)) == (1, 2)
    assert csr.get(path).json["next_due"] == "2026-04-30"
    work_off(shop.services)
    assert broken(shop.services) == {}


def test_a_placement_that_is_refused_keeps_nothing_of_the_order(shop: Shop, csr: Caller, admin: Caller) -> None:
    made = _subscribed(shop, csr)
    shop.adjusts("MUG", -49)
    admin.change("PATCH", "/v1/products/MUG", {"when_short": "deny"})

    _on(shop, 29)

    found = csr.get(f"/v1/subscriptions/{made['id']}").json
    assert (found["status"], found["problem"]["code"]) == ("blocked", "out_of_stock")
    assert _orders(shop) == 1
    assert one(shop.services, "SELECT count(*) FROM order_draft") == 0


def test_an_order_that_was_deleted_is_put_to_a_person(shop: Shop, csr: Caller) -> None:
    number = shop.places(("MUG", 1), tokens=(), shipping_method="post").number
    made = csr.post("/v1/subscriptions", {"order": number, **MONTHLY}).json
    assert csr.change("DELETE", f"/v1/orders/{number}", query_string={"reason": "by mistake"}).status_code == 200

    _on(shop, 29)

    found = csr.get(f"/v1/subscriptions/{made['id']}").json
    assert (found["status"], found["problem"]["reason"]) == ("blocked", f"order {number} was deleted")
    assert csr.post(f"/v1/subscriptions/{made['id']}/end").json["status"] == "ended"
    assert broken(shop.services) == {}


def test_a_paused_one_makes_up_for_nothing_it_missed(shop: Shop, csr: Caller) -> None:
    made = _subscribed(shop, csr)
    path = f"/v1/subscriptions/{made['id']}"

    assert csr.post(f"{path}/pause").json["status"] == "paused"
    assert (_on(shop, 65), _orders(shop)) == (0, 1)
    resumed = csr.post(f"{path}/resume").json
    later = csr.post(f"{path}/pause").status_code, csr.post(f"{path}/resume", {"from": "2026-08-01"}).json["next_due"]

    assert (resumed["status"], resumed["next_due"]) == ("active", "2026-05-31")
    assert later == (200, "2026-08-31")
    assert broken(shop.services) == {}


def test_it_ends_by_hand_or_after_its_last_due_date(shop: Shop, csr: Caller) -> None:
    by_date = _subscribed(shop, csr, ends_on="2026-04-29", token=None)
    by_hand = _subscribed(shop, csr)

    assert csr.post(f"/v1/subscriptions/{by_hand['id']}/end").json["status"] == "ended"
    assert (_on(shop, 29), _orders(shop)) == (1, 3)

    found = csr.get(f"/v1/subscriptions/{by_date['id']}").json
    assert (found["status"], found["next_due"], len(found["orders"])) == ("ended", None, 1)
    order = csr.get(f"/v1/orders/{found['orders'][0]['order']}").json
    assert (order["payment_status"], order["payments"]) == ("unpaid", [])
    assert (_on(shop, 60), _orders(shop)) == (0, 3)
    assert broken(shop.services) == {}


@pytest.mark.parametrize("verb", ["pause", "resume", "end"])
def test_what_has_ended_stays_ended(shop: Shop, csr: Caller, verb: str) -> None:
    path = f"/v1/subscriptions/{_subscribed(shop, csr)['id']}"
    csr.post(f"{path}/end")
    before = contents(shop.services)

    answer = csr.post(f"{path}/{verb}")

    assert (answer.status_code, answer.json["guard"]) == (409, "status")
    assert contents(shop.services) == before


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"order": "PO0"}, 404, "not_found"),
        ({"starts_on": "2026-03-01"}, 422, "starts_in_past"),
        ({"ends_on": "2026-03-30"}, 422, "ends_too_early"),
        ({"every": {"months": 1, "days": 3}}, 422, "invalid_fields"),
        ({"every": {}}, 422, "invalid_fields"),
        ({"starts_on": 1}, 422, "invalid_fields"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(
    shop: Shop, csr: Caller, more: dict[str, Any], status: int, code: str
) -> None:
    number = shop.places(("MUG", 1)).number
    before = contents(shop.services)

    answer = csr.post("/v1/subscriptions", {"order": number, **MONTHLY, **more})

    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
    assert contents(shop.services) == before


def test_a_draft_is_not_subscribed_to(shop: Shop, csr: Caller) -> None:
    number = begins(csr, ("MUG", 1))
    before = contents(shop.services)

    answer = csr.post("/v1/subscriptions", {"order": number, **MONTHLY})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/not_placed")
    assert contents(shop.services) == before
