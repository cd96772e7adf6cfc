"""One action on many orders (OL13, FI8): a result for each, nothing twice, whatever is killed in the middle."""

from typing import Any

import pytest
from api_client import Caller, contents
from builders import Shop, broken, duplicated, hasten, lease, rows, work_off

from fulfillment.bulk import work
from fulfillment.dispatch.sets import into_sets
from fulfillment.workflow.run import run_step


def _items(caller: Caller, operation: int, **query: object) -> dict[str, tuple[str, str | None]]:
    found, link = {}, f"/v1/operations/{operation}/items?limit=2" + "".join(f"&{k}={v}" for k, v in query.items())
    while link is not None:
        page = caller.get(link).json
        found |= {item["order"]: (item["status"], item["guard"]) for item in page["items"]}
        link = page["next"]
    return found


def _asked(caller: Caller, action: str, numbers: list[str], **more: object) -> int:
    answer = caller.post("/v1/bulk", {"action": action, "numbers": numbers, **more})
    assert (answer.status_code, answer.json["kind"]) == (202, "bulk"), answer.text
    assert answer.headers["Location"] == f"/v1/operations/{answer.json['id']}"
    operation: int = answer.json["id"]
    return operation


@pytest.mark.rule("OL13")
@pytest.mark.rule("FI8")
def test_orders_of_several_pages_are_deleted_and_what_held_money_is_refused_alone(shop: Shop, csr: Caller) -> None:
    shop.sells("LAMP", when_short="deny", A=9)
    free = [shop.places(("LAMP", 1), tokens=()) for _ in range(4)]
    paid = shop.places(("LAMP", 1))
    held = shop.places(("LAMP", 1), tokens=())
    shop.holds(held.id)
    work_off(shop.services, only="payments")
    numbers, link = [], "/v1/orders?limit=2"
    while link is not None:
        page = csr.get(link).json
        numbers += [order["number"] for order in page["orders"]]
        link = page["next"]

    operation = _asked(csr, "delete", [*numbers, "PO0"], reason="test orders")
    before = csr.get(f"/v1/operations/{operation}").json
    work_off(shop.services)
    after = csr.get(f"/v1/operations/{operation}").json

    assert (before["status"], before["done"], before["total"]) == ("pending", 1, 7)
    assert (after["status"], after["done"], after["total"]) == ("partly_refused", 7, 7)
    assert after["result"] == {"action": "delete", "refused": 3, "items": f"/v1/operations/{operation}/items"}
    assert {problem["guard"] for problem in after["problems"]} == {"held_money", "on_hold", "not_found"}
    assert _items(csr, operation) == {
        **{placed.number: ("done", None) for placed in free},
        paid.number: ("refused", "held_money"),
        held.number: ("refused", "on_hold"),
        "PO0": ("refused", "not_found"),
    }
    assert _items(csr, operation, status="refused").keys() == {paid.number, held.number, "PO0"}
    assert sorted(order["number"] for order in csr.get("/v1/orders").json["orders"]) == sorted(
        [paid.number, held.number]
    )
    assert shop.stock("LAMP") == (9, 2)
    assert broken(shop.services) == {}


@pytest.mark.rule("OL7")
@pytest.mark.rule("RO1")
def test_many_are_held_with_the_person_who_asked_as_the_cause(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=9)
    placed = [shop.places(("MUG", 1)) for _ in range(3)]
    shop.cancels(placed[2].id)

    operation = _asked(csr, "hold", [each.number for each in placed], reason="recall")
    work_off(shop.services)

    assert list(_items(csr, operation).values()) == [("done", None), ("done", None), ("refused", "order_closed")]
    order = csr.get(f"/v1/orders/{placed[0].number}").json
    assert (order["status"], order["version"], order["holds"][0]["reason"]) == ("on_hold", 2, "recall")
    assert order["holds"][0]["opened_by"] == "key:csr somebody"
    assert broken(shop.services) == {}


@pytest.mark.rule("SH4")
@pytest.mark.rule("OL6")
def test_many_are_released_but_for_what_is_not_covered_or_not_there(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=9)
    shop.sells("RARE")
    ready, waiting = shop.up_to("assigned", ("MUG", 1)), shop.up_to("assigned", ("RARE", 1))
    held, voided = shop.up_to("assigned", ("MUG", 1)), shop.up_to("assigned", ("MUG", 1))
    shop.holds(held.id)
    shop.voids(shop.payments(voided.id)[0])
    work_off(shop.services)

    operation = _asked(csr, "release", [each.number for each in (ready, waiting, held, voided)])
    work_off(shop.services)

    assert _items(csr, operation) == {
        ready.number: ("done", None),
        waiting.number: ("refused", "nothing_to_release"),
        held.number: ("refused", "on_hold"),
        voided.number: ("refused", "balance_due"),
    }
    assert [shop.statuses(each.id) for each in (ready, waiting, held, voided)] == [
        ["released"],
        ["awaiting_inventory"],
        ["inventory_assigned"],
        ["inventory_assigned"],
    ]


@pytest.mark.rule("OL10")
@pytest.mark.rule("OL12")
def test_many_are_canceled_with_what_the_customers_are_told_and_then_archived(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=9)
    placed = [shop.up_to("assigned", ("MUG", 1)) for _ in range(3)]
    numbers = [each.number for each in placed]

    canceled = csr.post(
        "/v1/bulk", {"action": "cancel", "numbers": numbers, "reason": "recall", "notify_customer": True}
    ).json
    archived = _asked(csr, "archive", numbers)
    work_off(shop.services)

    assert csr.get(f"/v1/operations/{canceled['id']}").json["status"] == "succeeded"
    assert csr.get(f"/v1/operations/{archived}").json["status"] == "succeeded"
    assert rows(shop.services, "SELECT DISTINCT status, cancel_reason, archived_at IS NULL FROM purchase_order") == [
        ("canceled", "recall", False)
    ]
    assert len([subject for subject in shop.mails() if "cancel" in subject]) == 3
    assert shop.stock("MUG") == (9, 0)
    assert broken(shop.services) == {}


@pytest.mark.rule("OL13")
def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_half_done_and_nothing_is_done_twice(
    shop: Shop, csr: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sells("MUG")
    placed = [shop.places(("MUG", 1), tokens=()) for _ in range(6)]
    operation = _asked(csr, "hold", [each.number for each in placed], reason="recall")
    leased = lease(shop.services)
    done = []

    def killed_at_the_fourth(*arguments: Any) -> None:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(arguments)
        work._hold(*arguments)

    with monkeypatch.context() as patched:
        patched.setitem(work._DO, work.Action.HOLD, killed_at_the_fourth)
        for step, claims in into_sets(leased):
            with pytest.raises(KeyboardInterrupt):
                run_step(shop.services, step, claims)
    assert rows(shop.services, "SELECT DISTINCT status FROM bulk_item") == [("pending",)]
    assert rows(shop.services, "SELECT id FROM hold") == []

    hasten(shop.services)
    again = lease(shop.services)
    for step, claims in into_sets(again):
        run_step(shop.services, step, duplicated(claims))
        run_step(shop.services, step, claims)
    for step, claims in into_sets(leased):
        run_step(shop.services, step, claims)

    assert rows(shop.services, "SELECT count(*), count(DISTINCT order_id) FROM hold") == [(6, 6)]
    assert csr.get(f"/v1/operations/{operation}").json["status"] == "succeeded"
    assert broken(shop.services) == {}


@pytest.mark.rule("OL13")
def test_an_order_that_was_deleted_since_it_was_chosen_is_refused(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    placed = shop.places(("MUG", 1), tokens=())
    operation = _asked(csr, "hold", [placed.number], reason="look")
    csr.change("DELETE", f"/v1/orders/{placed.number}", query_string={"reason": "a test"})

    work_off(shop.services)

    assert _items(csr, operation) == {placed.number: ("refused", "order_deleted")}
    assert csr.get(f"/v1/operations/{operation}").json["status"] == "refused"
    assert broken(shop.services) == {}


@pytest.mark.rule("FI8")
def test_what_a_filter_leaves_at_the_moment_of_the_call_is_chosen(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    uk = [shop.places(("MUG", 1), tokens=(), market="UK") for _ in range(3)]
    other = shop.places(("MUG", 1), tokens=())
    chosen = {"market": ["UK"], "status": ["in_progress"]}

    answer = csr.post("/v1/bulk", {"action": "hold", "filter": chosen, "reason": "recall"})
    late = shop.places(("MUG", 1), tokens=(), market="UK")
    work_off(shop.services)
    nothing = csr.post("/v1/bulk", {"action": "archive", "filter": {"market": ["UK"], "status": ["completed"]}})

    assert _items(csr, answer.json["id"]) == {placed.number: ("done", None) for placed in uk}
    assert rows(shop.services, "SELECT id FROM purchase_order WHERE open_holds = 0 ORDER BY id") == [
        (each.id,) for each in sorted((other, late), key=lambda each: each.id)
    ]
    assert (nothing.status_code, nothing.json["type"]) == (422, "/problems/bulk_selection")
    assert broken(shop.services) == {}


def test_a_thousand_are_taken_by_one_call_and_worked_in_sets(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    known = [shop.places(("MUG", 1), tokens=()).number for _ in range(3)]
    unknown = [f"NO{n}" for n in range(9_997)]

    answer = csr.post("/v1/bulk", {"action": "hold", "numbers": [*unknown, *known], "reason": "x"})
    work_off(shop.services)

    found = csr.get(f"/v1/operations/{answer.json['id']}").json
    assert (found["total"], found["done"], found["result"]["refused"], len(found["problems"])) == (
        10_000,
        10_000,
        9_997,
        20,
    )


@pytest.mark.parametrize(
    "body",
    [
        {"action": "explode", "numbers": ["PO1"]},
        {"action": "hold", "numbers": ["PO1"]},
        {"action": "cancel", "numbers": ["PO1"], "reason": "x"},
        {"action": "delete", "numbers": ["PO1"]},
        {"action": "archive", "numbers": ["PO1"], "reason": "x"},
        {"action": "release", "numbers": ["PO1"], "notify_customer": True},
        {"action": "release", "numbers": []},
        {"action": "release"},
        {"action": "release", "filter": {}},
        {"action": "release", "filter": {"market": ["UK"]}, "numbers": ["PO1"]},
        {"action": "release", "filter": {"colour": "red"}},
        {"action": "release", "numbers": ["PO1", "PO1"]},
        {"action": "release", "numbers": [f"PO{n}" for n in range(10_001)]},
    ],
)
def test_what_is_not_said_in_full_is_refused_as_a_whole(shop: Shop, csr: Caller, body: dict[str, object]) -> None:
    before = contents(shop.services)

    assert csr.post("/v1/bulk", body).status_code == 422
    assert contents(shop.services) == before


def test_a_storefront_and_a_warehouse_may_not(storefront: Caller, warehouse: Caller) -> None:
    for caller in (storefront, warehouse):
        assert caller.post("/v1/bulk", {"action": "archive", "numbers": ["PO1"]}).status_code == 403
