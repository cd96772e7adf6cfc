"""Goods have left, and their capture was refused for good: other money pays for them, and no dead letter keeps it out (PY4, PY6)."""

import pytest
from builders import ANA, Shop, broken, hasten, lease, one, rows, work_off
from fakes.gateway import Operation
from sqlalchemy import text

from fulfillment.kernel.errors import Conflict
from fulfillment.payments.by_hand.settle_by_hand import Settlement, settle_by_hand
from fulfillment.payments.gateway.port import Hint, TransactionKind
from fulfillment.payments.sync.hint import take_hint
from fulfillment.workflow.run import run_step

pytestmark = pytest.mark.rule("PY4")

STANDS_BEHIND = text("""
INSERT INTO dispatch (id, step, lane, order_id, subject_id, cause_kind, cause_id, actor)
SELECT max(id) + 1, 'inventory.assign', 'work', :id, 1, 'step', 'test', 'worker' FROM dispatch
""")


def is_voided_at_the_desk(shop: Shop, number: str) -> None:
    """Somebody at the gateway lets go of the order's only card, and we hear of it."""
    reference, amount = one(shop.services, "SELECT reference, authorized FROM payment")
    shop.gateway.at_desk(TransactionKind.VOID, reference, amount)
    with shop.services.transaction() as session:
        take_hint(session, Hint("evt_1", number, None), cause=ANA, at=shop.now)
    work_off(shop.services)


def with_a_refused_capture(shop: Shop) -> tuple[int, str]:
    """An order in work of a mug and a song at 5.00, which has left; its capture was refused, and the card was let go."""
    shop.sells("MUG", A=5)
    shop.sells("SONG", price=500, needs_shipping=False)
    shop.gateway.will("ok", "refuse")
    placed = shop.up_to("assigned", ("MUG", 1), ("SONG", 1))
    is_voided_at_the_desk(shop, placed.number)
    assert shop.dispatched() == [("payments.capture", True)]
    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 0, "manual": 0, "refunded": 0}
    return placed.id, placed.number


def test_a_further_card_is_authorized_past_the_dead_letter_and_pays_for_what_has_left(shop: Shop) -> None:
    order_id, _ = with_a_refused_capture(shop)

    shop.adds_payment(order_id, token="tok_new")
    work_off(shop.services)

    assert shop.dispatched() == []
    assert shop.money(order_id) == {"open_authorized": 1000, "captured": 500, "manual": 0, "refunded": 0}
    shop.brings(order_id, "shipped")
    assert (shop.gateway.moved(Operation.CAPTURE), shop.order(order_id)) == ([500, 1000], ("completed", "paid"))
    assert rows(shop.services, "SELECT captured, voided FROM payment ORDER BY position") == [(0, 1500), (1500, 0)]
    assert broken(shop.services) == {}


def test_a_further_card_that_is_declined_leaves_the_dead_letter_as_it_is(shop: Shop) -> None:
    order_id, _ = with_a_refused_capture(shop)

    shop.adds_payment(order_id, token="tok_declined")
    work_off(shop.services)

    assert shop.dispatched() == [("payments.capture", True)]
    assert shop.gateway.moved(Operation.CAPTURE) == []
    assert broken(shop.services) == {}


def test_money_received_by_hand_ends_the_dead_letter_of_an_order_in_work(shop: Shop) -> None:
    order_id, _ = with_a_refused_capture(shop)

    shop.adds_payment(order_id, token=None, amount=499)
    work_off(shop.services)
    assert shop.dispatched() == [("payments.capture", True)]  # a penny is missing
    shop.adds_payment(order_id, token=None)
    work_off(shop.services)

    assert shop.dispatched() == []
    shop.brings(order_id, "shipped")
    assert (shop.gateway.moved(Operation.CAPTURE), shop.order(order_id)) == ([], ("completed", "paid"))
    assert broken(shop.services) == {}


def test_another_card_pays_for_a_completed_order_and_the_one_that_refused_is_let_go(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)
    with pytest.raises(Conflict) as too_much:
        shop.adds_payment(placed.id, token="tok_new", amount=1001)
    assert (too_much.value.reason, too_much.value.members) == ("payment_too_high", {"missing": 1000})

    shop.adds_payment(placed.id, token="tok_new")
    with pytest.raises(Conflict) as twice:
        shop.adds_payment(placed.id, token="tok_third")
    [authorize] = lease(shop.services)
    run_step(shop.services, authorize.step, [authorize.claim])
    assert shop.money(placed.id)["open_authorized"] == 2000
    assert broken(shop.services) == {}  # twice set aside, until one of both is taken and the other let go
    work_off(shop.services)

    assert twice.value.reason == "order_closed"
    assert shop.order(placed.id) == ("completed", "paid")
    assert rows(shop.services, "SELECT captured, voided FROM payment ORDER BY position") == [(0, 1000), (1000, 0)]
    assert (shop.gateway.moved(Operation.CAPTURE), shop.dispatched()) == ([1000], [])
    assert broken(shop.services) == {}


def test_what_is_paid_by_hand_after_a_refused_capture_lets_go_of_the_card(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)

    shop.adds_payment(placed.id, token=None)
    assert broken(shop.services) == {}  # set aside and received, until the card is let go
    work_off(shop.services)

    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 0, "manual": 1000, "refunded": 0}
    assert (shop.gateway.moved(Operation.VOID), shop.dispatched()) == ([1000], [])
    assert broken(shop.services) == {}


def test_what_is_too_much_because_a_refused_capture_was_made_at_the_desk_waits_for_a_pay_out(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.gateway.at_desk(TransactionKind.CAPTURE, one(shop.services, "SELECT reference FROM payment"), 1000)
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)
    shop.adds_payment(placed.id, token=None, amount=400)
    shop.gateway.will("refuse")
    work_off(shop.services)
    with shop.services.transaction() as session:
        take_hint(session, Hint("evt_1", placed.number, None), cause=ANA, at=shop.now)
    work_off(shop.services)
    hasten(shop.services)
    work_off(shop.services)

    assert shop.money(placed.id) == {"open_authorized": 0, "captured": 1000, "manual": 400, "refunded": 0}
    waiting = "SELECT id, amount FROM payment_attempt WHERE status = 'by_hand'"
    [(attempt_id, amount)] = rows(shop.services, waiting)
    assert (amount, shop.gateway.moved(Operation.REFUND), shop.dispatched()) == (400, [], [])
    assert broken(shop.services) == {}

    with shop.services.transaction() as session:
        settle_by_hand(session, attempt_id, Settlement(False, "they waive it"), cause=ANA, at=shop.now)
    assert (rows(shop.services, waiting), broken(shop.services)) == ([], {})


def test_what_a_person_takes_is_not_held_up_by_the_dead_letter_of_the_same_goods(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    [payment] = shop.payments(placed.id)
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)

    shop.captures(payment, 400)
    work_off(shop.services)

    # What is taken by hand lets the rest be tried again.
    assert (shop.gateway.moved(Operation.CAPTURE), shop.dispatched()) == ([400, 600], [])
    assert shop.order(placed.id) == ("completed", "paid")
    assert broken(shop.services) == {}


def test_a_card_that_comes_too_late_is_let_go(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.gateway.will("refuse")
    shop.completes(placed.id)
    work_off(shop.services)

    shop.adds_payment(placed.id, token="tok_3ds")
    work_off(shop.services)
    shop.adds_payment(placed.id, token=None)
    work_off(shop.services)
    [waiting] = shop.gateway.waiting
    shop.gateway.customer_acts(waiting)
    hasten(shop.services)
    work_off(shop.services)

    assert shop.order(placed.id) == ("completed", "paid")
    assert rows(shop.services, "SELECT captured, authorized - captured - voided FROM payment ORDER BY position") == [
        (0, 0),
        (0, 0),
        (1000, -1000),
    ]
    assert (shop.gateway.moved(Operation.CAPTURE), shop.dispatched()) == ([], [])
    assert broken(shop.services) == {}


def test_what_a_person_asks_of_a_payment_passes_what_stands_behind_a_dead_letter(shop: Shop) -> None:
    order_id, _ = with_a_refused_capture(shop)
    shop.adds_payment(order_id, token=None, amount=400)
    with shop.services.transaction() as session:
        # Something that does not pass, between the dead letter and what is asked for now.
        session.execute(STANDS_BEHIND, {"id": order_id})
    work_off(shop.services)

    shop.adds_payment(order_id, token="tok_new", amount=100)

    assert [each.step for each in lease(shop.services)] == ["payments.authorize"]
    assert shop.dispatched()[:2] == [("payments.capture", True), ("inventory.assign", False)]
