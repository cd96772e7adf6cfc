"""No row and no penny is forgotten, whatever the files say."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from replay.history import a_row, history

from fulfillment.replay.plan import plan
from fulfillment.replay.rows import Listed, Reason

rows = st.lists(
    st.builds(
        a_row,
        invoice=st.sampled_from(["500001", "500002", "500003", "C500004", "C500005", "C500006", "A500007"]),
        sku=st.sampled_from(["10001", "10002", "POST", "M", "D"]),
        quantity=st.integers(-6, 9),
        price=st.sampled_from(["1.00", "0.37", "2.50", "0", "0.005", "-1.00"]),
        customer=st.sampled_from(["17", "17", "18", None]),
        at=st.sampled_from(["2010-12-01 09:00", "2010-12-01 10:00", "2010-12-02 09:00", "2010-12-03 09:00"]),
        file=st.sampled_from(["a.csv", "a.csv", "b.csv"]),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(rows, st.booleans())
def test_every_row_is_acted_on_or_listed_once_and_the_money_adds_up(made_up, earlier_only):
    unreadable = Listed("a.csv", 99, "", "", None, None, Reason.UNREADABLE)

    result = plan(history(*made_up, listed=[unreadable]), earlier_only=earlier_only)

    acted = [line.row for sale in result.sales for line in (*sale.lines, *sale.charges)]
    acted += [row for sale in result.sales for row in sale.discounts]
    places = {(row.file, row.line) for row in acted} | {(one.row.file, one.row.line) for one in result.given_back}
    listed = [(one.file, one.line) for one in result.listed if one.whole]
    assert Counter([*places, *listed]) == Counter(
        [*((row.file, n) for n, row in enumerate(made_up, start=2)), ("a.csv", 99)]
    )
    assert result.differences() == []


@settings(max_examples=300, deadline=None)
@given(rows, st.booleans())
def test_no_more_pieces_and_no_more_money_go_back_than_were_sold(made_up, earlier_only):
    result = plan(history(*made_up), earlier_only=earlier_only)

    pieces, money = Counter(), Counter()
    for one in result.given_back:
        line = (one.sale.invoice, one.line.row.line)
        pieces[line] += one.quantity
        money[line] += one.amount
        assert one.quantity > 0
        assert one.amount <= one.quantity * one.row.price * 100
        assert (one.row.customer, one.row.sku) == (one.sale.customer, one.line.row.sku)
        assert not (earlier_only and one.of_later_sale)
    for sale in result.sales:
        assert sale.total >= 0
        for line in (*sale.lines, *sale.charges):
            assert pieces[sale.invoice, line.row.line] <= line.row.quantity
            assert money[sale.invoice, line.row.line] <= line.amount


def test_tells_what_does_not_add_up():
    result = plan(history(a_row(), a_row("C500002", quantity=-1, at="2010-12-02 09:00")))
    assert result.differences() == []

    short = replace(result, rows_in=3, money_in=Decimal("0.01"))

    assert short.differences() == [
        "3 rows in, 2 acted on, 0 listed",
        "0.01 in, 1.00 ordered, 1.00 refunded, 0 listed",
    ]


def test_gives_days_in_order_with_what_is_acted_on_each():
    result = plan(
        history(
            a_row("500002", at="2010-12-02 09:00"),
            a_row("500001", customer="18"),
            a_row("C500003", quantity=-1, at="2010-12-01 08:00"),
        )
    )

    assert [(day.date, [s.invoice for s in day.sales], [r.invoice for r in day.refunds]) for day in result.days] == [
        (date(2010, 12, 1), ["500001"], []),
        (date(2010, 12, 2), ["500002"], ["C500003"]),
    ]
    assert result.rows_of_later_sales == 1


class TestWhatTheApiRefused:
    def test_is_listed_with_its_reason_and_everything_still_adds_up(self):
        result = plan(
            history(
                a_row("500001", quantity=2),
                a_row("500001", sku="POST", price="5.00"),
                a_row("500002", quantity=3, at="2010-12-01 10:00"),
                a_row("C500003", quantity=-4, price="1.25", at="2010-12-02 09:00"),
            )
        )
        assert [(one.sale.invoice, one.amount) for one in result.given_back] == [("500002", 300), ("500001", 100)]

        less = result.without({"500001": "no such SKU"}, [])

        assert [sale.invoice for sale in less.sales] == ["500002"]
        assert [(one.line, one.reason, one.money, one.whole) for one in less.listed] == [
            (5, Reason.PRICE_DIFFERENCE, Decimal("-1.00"), False),
            (2, Reason.REFUSED, Decimal("2.00"), True),
            (3, Reason.REFUSED, Decimal("5.00"), True),
            (5, Reason.REFUSED, Decimal("-1.00"), False),
        ]
        assert less.differences() == []

    def test_is_listed_whole_where_nothing_of_a_row_is_left(self):
        result = plan(
            history(
                a_row("500001", quantity=2),
                a_row("C500003", quantity=-4, price="1.25", at="2010-12-02 09:00"),
            )
        )

        less = result.without({}, [(refund, "gone") for refund in result.refunds])

        assert [(one.line, one.reason, one.money, one.whole, one.detail) for one in less.listed] == [
            (3, Reason.REFUSED, Decimal("-5.00"), True, "gone")
        ]
        assert (less.ordered, less.refunded, less.differences()) == (Decimal("2.00"), Decimal("0.00"), [])


@settings(max_examples=200, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_whatever_the_api_refuses_everything_adds_up(made_up, random):
    result = plan(history(*made_up))
    sales = {sale.invoice: "refused" for sale in result.sales if random.random() < 0.3}
    refunds = [(refund, "refused") for refund in result.refunds if random.random() < 0.3]

    assert result.without(sales, refunds).differences() == []
