"""Setting a state runs the verb behind its name, with its guards."""

import pytest
from api_client import contents
from builders import ANA, Shop, broken, rows, work_off

from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.configuration.read import state_under_lock
from fulfillment.orders.configuration.set_state import Wish, set_state
from fulfillment.orders.queries import lock_orders


def sets(shop: Shop, order_id: int, state: str, **more: object) -> None:
    with shop.services.transaction() as session:
        set_state(session, order_id, Wish(state, **more), cause=ANA, at=shop.now)


def state(shop: Shop, order_id: int) -> str | None:
    with shop.services.transaction() as session:
        found = state_under_lock(session, lock_orders(session, [order_id])[order_id])
    return None if found is None else found.name


def refusal(shop: Shop, order_id: int, name: str, **more: object) -> str | None:
    before = contents(shop.services)
    with pytest.raises((Conflict, Invalid)) as refused:
        sets(shop, order_id, name, **more)
    assert contents(shop.services) == before
    return refused.value.reason


@pytest.fixture
def order(shop: Shop) -> int:
    """An order that waits for its release."""
    shop.sells("MUG", A=9)
    return shop.up_to("assigned", ("MUG", 1)).id


def verbs(shop: Shop, order_id: int) -> list[str]:
    found = rows(shop.services, "SELECT verb FROM timeline WHERE order_id = :id ORDER BY id", id=order_id)
    return [verb for (verb,) in found]


def test_a_new_order_is_processed_once_it_is_covered_and_completed_once_it_has_shipped(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    order = shop.places(("MUG", 1)).id
    seen = [state(shop, order)]
    work_off(shop.services)
    seen.append(state(shop, order))
    for step in (shop.releases, shop.picklists, shop.completes):
        step(order)
        work_off(shop.services)
        seen.append(state(shop, order))

    assert seen == ["New", "Processing", "Processing", "Processing", "Completed"]


def test_fraud_then_suspended_then_processing_opens_and_ends_the_holds(shop: Shop, order: int) -> None:
    sets(shop, order, "Fraud", reason="card tester?")
    sets(shop, order, "Suspended")

    holds = rows(shop.services, "SELECT reason, note, status FROM hold ORDER BY id")
    sets(shop, order, "Processing")

    assert holds == [("Fraud", "card tester?", "released"), ("Suspended", None, "open")]
    assert rows(shop.services, "SELECT status FROM hold") == [("released",)] * 2
    assert verbs(shop, order)[-7:] == [
        *("hold", "set_state"),
        *("hold", "release_hold", "set_state"),
        *("release_hold", "set_state"),
    ]
    assert broken(shop.services) == {}


def test_between_two_holds_nothing_is_released(shop: Shop) -> None:
    shop.sells("MUG")
    order = shop.up_to("assigned", ("MUG", 1), market="UK").id
    sets(shop, order, "Fraud")
    shop.receives("MUG", 1)
    work_off(shop.services)

    sets(shop, order, "Suspended")
    work_off(shop.services)
    held = shop.statuses(order)
    sets(shop, order, "Processing")
    work_off(shop.services)

    assert (held, shop.statuses(order)) == (["inventory_assigned"], ["released"])


def test_fraud_to_canceled_cancels_in_the_same_transaction(shop: Shop, order: int) -> None:
    sets(shop, order, "Fraud")

    sets(shop, order, "Canceled", reason="stolen card", notify_customer=False)
    work_off(shop.services)

    assert shop.order(order)[0] == "canceled"
    assert state(shop, order) == "Canceled"
    assert shop.money(order)["open_authorized"] == 0
    assert verbs(shop, order).count("release") == 0


def test_to_set_what_is_shown_already_does_nothing(shop: Shop, order: int) -> None:
    before = contents(shop.services)

    sets(shop, order, "processing")

    assert contents(shop.services) == before


def test_an_order_is_never_set_completed(shop: Shop, order: int) -> None:
    assert refusal(shop, order, "Completed") == "derived"
    shop.brings(order, "shipped")
    assert refusal(shop, order, "Completed") == "derived"


def test_where_no_transition_leads_nothing_happens(shop: Shop) -> None:
    shop.sells("MUG")
    order = shop.places(("MUG", 1), tokens=()).id

    assert refusal(shop, order, "Suspended") == "no_transition"
    assert refusal(shop, order, "Processing") == "no_transition"


def test_an_uncovered_order_is_not_called_processing_when_its_hold_ends(shop: Shop) -> None:
    shop.sells("MUG")
    order = shop.places(("MUG", 1), tokens=()).id
    sets(shop, order, "Fraud")

    assert refusal(shop, order, "Processing") == "balance_due"
    sets(shop, order, "New")
    assert state(shop, order) == "New"


def test_a_hold_beneath_another_refuses_what_only_the_latest_would_allow(shop: Shop, order: int) -> None:
    first = shop.holds(order, "Fraud")
    shop.holds(order, "verify order")
    shop.holds(order, "Suspended")

    assert state(shop, order) == "Suspended"
    assert refusal(shop, order, "Processing") == "on_hold"
    assert refusal(shop, order, "Canceled", reason="x", notify_customer=True) == "on_hold"
    shop.lets_go(first)
    sets(shop, order, "Processing")
    assert rows(shop.services, "SELECT DISTINCT status FROM hold") == [("released",)]


def test_a_cancellation_says_everything(shop: Shop, order: int) -> None:
    assert refusal(shop, order, "Canceled") == "cancellation_incomplete"
    assert refusal(shop, order, "Canceled", reason="x") == "cancellation_incomplete"


def test_what_has_shipped_in_part_is_not_called_canceled(shop: Shop) -> None:
    shop.sells("MUG", A=1)
    shop.sells("SONG", price=99, needs_shipping=False)
    order = shop.up_to("assigned", ("MUG", 1), ("SONG", 1)).id

    assert shop.order(order)[0] == "partially_shipped"
    assert refusal(shop, order, "Canceled", reason="x", notify_customer=False) == "part_shipped"


def test_a_name_that_nobody_made_is_refused(shop: Shop, order: int) -> None:
    assert refusal(shop, order, "Shipped") == "unknown_state"
