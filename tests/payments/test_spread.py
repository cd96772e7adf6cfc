"""Which payments bear an amount: in their turn or as somebody named them, each as much as it can, and no more in all (PY6)."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from fulfillment.catalog.models import Turn
from fulfillment.kernel.errors import Invalid, NotFound
from fulfillment.payments.amounts.spread import chosen, in_turn, spread


@dataclass(frozen=True)
class Paid:
    id: int
    open: int = 0


ORDER = SimpleNamespace(number="PO7")
FIRST, SECOND, THIRD = PAYMENTS = Paid(1, 500), Paid(2, 0), Paid(3, 300)


def test_they_come_oldest_first_or_newest_first() -> None:
    assert in_turn(PAYMENTS, Turn.OLDEST_FIRST) == [FIRST, SECOND, THIRD]
    assert in_turn(PAYMENTS, Turn.NEWEST_FIRST) == [THIRD, SECOND, FIRST]


def test_who_names_some_has_them_as_named_and_who_names_none_has_all_in_turn() -> None:
    assert chosen(ORDER, PAYMENTS, [3, 1], Turn.OLDEST_FIRST) == [THIRD, FIRST]
    assert chosen(ORDER, PAYMENTS, [], Turn.OLDEST_FIRST) == [FIRST, SECOND, THIRD]
    assert chosen(ORDER, PAYMENTS, [], Turn.NEWEST_FIRST) == [THIRD, SECOND, FIRST]


def test_a_payment_that_is_named_twice_or_is_another_orders_is_refused() -> None:
    with pytest.raises(Invalid, match=r"^a payment is named twice$") as twice:
        chosen(ORDER, PAYMENTS, [1, 3, 1], Turn.OLDEST_FIRST)
    assert (twice.value.reason, twice.value.remedy) == ("duplicate_payment", "name each payment once")
    with pytest.raises(NotFound, match=r"^order PO7 has no payment 4$"):
        chosen(ORDER, PAYMENTS, [1, 4], Turn.OLDEST_FIRST)


def test_each_bears_what_it_can_and_who_can_bear_nothing_is_left_out() -> None:
    assert [spread(amount, PAYMENTS, lambda paid: paid.open) for amount in (0, 1, 500, 501, 800, 900)] == [
        [],
        [(FIRST, 1)],
        [(FIRST, 500)],
        [(FIRST, 500), (THIRD, 1)],
        [(FIRST, 500), (THIRD, 300)],
        [(FIRST, 500), (THIRD, 300)],
    ]
