"""What is owed is what the ledger says was never taken, whoever asks and whatever happened before (OL4, PY4)."""

import os
from contextlib import suppress
from typing import Any

import pytest
from builders import ANA, Shop, broken, one, rows, work_off
from fakes.gateway import Operation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment.editing.edit import edit
from fulfillment.editing.wanted import Edit, LineEdit
from fulfillment.kernel.errors import Conflict, FulfillmentError
from fulfillment.orders.queries import read_orders
from fulfillment.payments.amounts.owed import owed, untaken
from fulfillment.payments.chargebacks.record import ChargebackEnd, ChargedBack, end_chargeback, record_chargeback
from fulfillment.payments.queries import payments_of

# The same few in every run; OWED=500 looks for new ones.
_SEQUENCES = int(os.environ.get("OWED", "12"))
_LEDGER = """
SELECT coalesce(sum(t.amount) FILTER (WHERE t.kind IN ('capture', 'manual')), 0)::int,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'refund' AND a.reason = 'reduced'), 0)::int
  FROM money_transfer t LEFT JOIN payment_attempt a ON a.id = t.attempt_id WHERE t.order_id = :id
"""
_ON_ITS_WAY = """
SELECT coalesce(sum(amount), 0)::int FROM payment_attempt
 WHERE order_id = :id AND kind = 'capture' AND status NOT IN ('succeeded', 'failed')
"""

prices = st.integers(1, 2000)
amounts = st.none() | st.integers(1, 2500)
actions = st.one_of(
    st.tuples(st.just("prices"), prices),
    st.tuples(st.just("prices"), prices),
    st.tuples(st.just("captures"), amounts),
    st.tuples(st.just("refunds"), amounts),
    st.just(("loses",)),
    st.just(("wins",)),
    st.just(("pays",)),
    st.just(("works",)),
    st.just(("fails",)),
)


class Till:
    """Somebody who moves the money of one order about; what is refused is refused."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.order = shop.up_to("assigned", ("MUG", 2)).id

    def prices(self, price: int) -> None:
        reprice(self.shop, self.order, price)

    def captures(self, amount: int | None) -> None:
        for payment in self.shop.payments(self.order):
            with suppress(FulfillmentError):
                self.shop.captures(payment, amount)

    def refunds(self, amount: int | None) -> None:
        for payment in self.shop.payments(self.order):
            with suppress(FulfillmentError):
                self.shop.refunds(payment, amount)

    def loses(self) -> None:
        with self.shop.services.transaction() as session:
            charged = ChargedBack("fraud")
            record_chargeback(session, self.shop.payments(self.order)[0], charged, cause=ANA, at=self.shop.now)

    def wins(self) -> None:
        for (lost,) in rows(self.shop.services, "SELECT id FROM chargeback WHERE order_id = :id", id=self.order):
            with suppress(FulfillmentError), self.shop.services.transaction() as session:
                end_chargeback(session, lost, ChargebackEnd(won=True), cause=ANA, at=self.shop.now)

    def pays(self) -> None:
        self.shop.adds_payment(self.order, token=None)

    def works(self) -> None:
        work_off(self.shop.services)

    def fails(self) -> None:
        self.shop.gateway.will("refuse")


def reprice(shop: Shop, order: int, price: int) -> None:
    [line] = rows(shop.services, "SELECT id FROM line_item WHERE order_id = :id", id=order)
    with shop.services.transaction() as session:
        edit(session, order, Edit(lines=[LineEdit(line[0], price=price)]), cause=ANA, at=shop.now)


def by_our_books(shop: Shop, order_id: int) -> tuple[int, int]:
    """What nothing was taken for, and what of it nobody is about to take."""
    with shop.services.transaction() as session:
        [order] = read_orders(session, [order_id]).values()
        return untaken(order), owed(order, payments_of(session, [order_id])[order_id])


def by_the_ledger(shop: Shop, order_id: int) -> tuple[int, int]:
    due = one(shop.services, "SELECT (total - canceled_amount)::int FROM purchase_order WHERE id = :id", id=order_id)
    taken, given_back = one(shop.services, _LEDGER, id=order_id)
    on_its_way = one(shop.services, _ON_ITS_WAY, id=order_id)
    return due - (taken - given_back), due - (taken - given_back) - on_its_way


@settings(
    max_examples=_SEQUENCES,
    deadline=None,
    derandomize="OWED" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(sequence=st.lists(actions, min_size=4, max_size=10))
def test_what_is_owed_is_what_the_ledger_says_was_never_taken(shop: Shop, sequence: list[tuple[Any, ...]]) -> None:
    if "MUG" not in shop.products:
        shop.sells("MUG", A=10_000)
    till = Till(shop)

    for name, *rest in sequence:
        with suppress(FulfillmentError):
            getattr(till, name)(*rest)
        assert by_our_books(shop, till.order) == by_the_ledger(shop, till.order), name

    shop.gateway.script.clear()
    work_off(shop.services)
    assert by_our_books(shop, till.order) == by_the_ledger(shop, till.order)
    assert broken(shop.services) == {}


@pytest.mark.rule("PY4")
def test_what_an_edit_gave_back_pays_for_nothing_when_the_order_costs_more_again(shop: Shop) -> None:
    """2000 taken, 800 given back, 1700 due: 500 are owed, a person may take them, and may not let go of them once it left."""
    shop.sells("MUG", A=5)
    order = shop.up_to("assigned", ("MUG", 2)).id
    [first] = shop.payments(order)
    shop.captures(first)
    work_off(shop.services)
    reprice(shop, order, 600)
    work_off(shop.services)
    reprice(shop, order, 850)
    work_off(shop.services)
    second = shop.payments(order)[1]
    assert by_our_books(shop, order) == (500, 500)

    shop.brings(order, "packing")
    shop.completes(order)
    work_off(shop.services, only="shipments.")
    with pytest.raises(Conflict) as refused:
        shop.voids(second)
    shop.captures(second)

    assert refused.value.guard == "capture_due"
    assert by_our_books(shop, order) == (500, 0)
    work_off(shop.services)
    assert shop.gateway.moved(Operation.CAPTURE) == [2000, 500]
    assert shop.gateway.moved(Operation.VOID) == []
    assert shop.money(order) == {"open_authorized": 0, "captured": 2500, "manual": 0, "refunded": 800}
    assert broken(shop.services) == {}
