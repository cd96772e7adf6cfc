"""Authorize: a decline is an answer, another payment may follow, and nothing is added that is not missing."""

from typing import Any

import pytest
from builders import ANA, Shop, broken, lease, one, rows, work_off
from fakes.gateway import Operation

from fulfillment.dispatch.sets import into_sets
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.orders.delete import delete
from fulfillment.payments.adding.add import add_payment
from fulfillment.payments.models import Method
from fulfillment.workflow import money


def test_a_declined_card_leaves_the_order_in_progress_and_tells_the_customer(shop: Shop) -> None:
    shop.sells("MUG", A=5)

    placed = shop.up_to("assigned", ("MUG", 1), tokens=("tok_declined",))

    assert shop.order(placed.id) == ("in_progress", "declined")
    assert shop.statuses(placed.id) == ["pending"]
    assert one(shop.services, "SELECT declined FROM payment") == "card_declined"
    assert len(shop.mails()) == 1
    assert shop.stock("MUG") == (5, 0)
    assert broken(shop.services) == {}


def test_another_payment_sets_it_going(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1), tokens=("tok_declined",))

    shop.adds_payment(placed.id, token="tok_ok")
    work_off(shop.services)

    assert shop.order(placed.id) == ("in_progress", "authorized")
    assert shop.statuses(placed.id) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_no_more_is_added_than_is_missing(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1), tokens=("tok_declined",))

    with pytest.raises(Conflict) as refused:
        shop.adds_payment(placed.id, amount=1001)
    assert refused.value.members == {"missing": 1000}
    with pytest.raises(Conflict):
        shop.adds_payment(shop.places(("MUG", 1)).id)

    assert one(shop.services, "SELECT count(*) FROM payment") == 2


def test_a_card_needs_a_token(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1), tokens=())

    with pytest.raises(Invalid) as refused, shop.services.transaction() as session:
        add_payment(session, placed.id, method=Method.CARD, token=None, amount=None, asked=shop.asked)

    assert refused.value.reason == "no_token"
    assert rows(shop.services, "SELECT * FROM payment") == []


def test_every_attempt_has_a_key_of_its_own_and_names_the_order(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("shipped", ("MUG", 1))

    [authorize, capture] = shop.gateway.sent

    assert (authorize.operation, capture.operation) == (Operation.AUTHORIZE, Operation.CAPTURE)
    assert authorize.key != capture.key
    assert {authorize.merchant_reference, capture.merchant_reference} == {placed.number}
    assert (authorize.token, capture.token) == ("tok_ok", None)
    assert capture.reference == shop.gateway.books[authorize.key].reference


def test_the_intention_is_committed_before_the_first_byte_goes_out(shop: Shop) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    seen: list[list[tuple[object, ...]]] = []
    shop.gateway.on_send = lambda _: seen.append(rows(shop.services, "SELECT status, sends FROM payment_attempt"))

    work_off(shop.services)

    assert seen == [[("sending", 1)]]


def test_an_order_deleted_while_its_authorization_begins_is_not_charged_and_fails_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    plan = money.plan

    def after_a_deletion(*arguments: Any, **more: Any) -> Any:
        with shop.services.transaction() as session:
            delete(session, placed.id, reason="a test order", cause=ANA, at=shop.now)
        return plan(*arguments, **more)

    monkeypatch.setattr(money, "plan", after_a_deletion)
    [(step, claims)] = into_sets(lease(shop.services))
    money.move_money(shop.services, step, claims)

    assert shop.gateway.sent == []
    assert rows(shop.services, "SELECT step, last_error FROM dispatch") == []
    assert broken(shop.services) == {}
