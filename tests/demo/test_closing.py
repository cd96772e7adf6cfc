"""An end that was not planned is noticed: the wrong state, the wrong money, too few or too many of a kind, a lost mail."""

from types import SimpleNamespace
from typing import Any

import pytest

from fulfillment.demo import stories
from fulfillment.demo.closing import Ended, mails_wanted, money_agrees, surprises
from fulfillment.demo.plan import LEAST, plan
from fulfillment.demo.shift import Sold

PLAN = plan(LEAST)
SHIFT: Any = SimpleNamespace(plan=PLAN)


def an_order(payment_status: str, **amounts: int) -> dict[str, Any]:
    names = ("total", "canceled", "authorized", "captured", "refunded")
    return {
        "status": "completed",
        "payment_status": payment_status,
        "shipments": [{"status": "shipped"}],
        "amounts": {name: {"amount": amounts.get(name, 0), "currency": "GBP"} for name in names},
    }


def a_planned_day() -> list[Ended]:
    ends = {name: iter([]) for name, _ in PLAN.ends}
    for (name, end), count in PLAN.ends.items():
        ends[name] = iter([*ends[name], *[end] * count])
    ended = []
    for planned in PLAN.checkouts:
        end = next(ends[planned.story.name])
        order = None if end is stories.REFUSED else an_order(end.payment_status)
        ended.append(Ended(Sold(planned, f"PO{planned.n}" if order else None, 1.0), order, end))
    return ended


def test_a_day_as_planned_has_no_surprises() -> None:
    ended = a_planned_day()
    assert surprises(SHIFT, ended, mails_wanted(ended)) == []


def test_an_order_that_fits_no_end_is_named_with_where_it_stands() -> None:
    ended = a_planned_day()
    position = next(n for n, each in enumerate(ended) if each.sold.planned.story is stories.UNPAID)
    wrong = Ended(ended[position].sold, an_order("paid"), None)
    ended[position] = wrong
    assert surprises(SHIFT, ended, mails_wanted(ended)) == [
        f"{wrong.sold.number} (unpaid) is completed, paid, shipments shipped",
        "1 more of 'unpaid' had to end in_progress, declined: card declined, no other yet",
    ]


def test_one_piece_sold_twice_is_noticed_though_each_end_is_a_possible_one() -> None:
    ended = a_planned_day()
    position = next(n for n, each in enumerate(ended) if each.end is stories.REFUSED)
    sold = ended[position].sold
    ended[position] = Ended(sold, an_order("paid"), stories.LAST_PIECES.ends[0])
    [sentence] = surprises(SHIFT, ended, mails_wanted(ended))
    assert sentence == "1 more of 'last pieces' had to end refused, -: the last piece was gone (409)"


@pytest.mark.parametrize("off", [-1, 1])
def test_a_mail_too_few_or_too_many_is_noticed(off: int) -> None:
    ended = a_planned_day()
    wanted = mails_wanted(ended)
    assert surprises(SHIFT, ended, wanted + off) == [f"{wanted} mails had to be written, {wanted + off} were"]


@pytest.mark.parametrize(
    ("order", "agrees"),
    [
        (an_order("paid", total=500, captured=500), True),
        (an_order("paid", total=500, canceled=200, captured=300), True),
        (an_order("paid", total=500, captured=500, authorized=1), False),
        (an_order("paid", total=500, captured=1000), False),
        (an_order("authorized", total=500, authorized=500), True),
        (an_order("authorized", total=500, authorized=499), False),
        (an_order("unpaid", total=500, canceled=500, authorized=500), False),
        (an_order("refunded", total=500, captured=500, refunded=500), True),
        (an_order("partially_refunded", total=500, captured=500, refunded=500), False),
    ],
)
def test_the_amounts_must_be_those_that_the_payment_status_stands_for(order: dict[str, Any], *, agrees: bool) -> None:
    assert money_agrees(order) is agrees
