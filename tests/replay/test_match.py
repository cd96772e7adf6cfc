"""Which sale a cancellation gives back."""

from replay.history import a_row, history

from fulfillment.replay.invoices import sort
from fulfillment.replay.match import match, refunds
from fulfillment.replay.rows import Reason


def matched(*rows, earlier_only=False):
    invoices = sort(history(*rows))
    return match(invoices.sales, invoices.canceled, earlier_only=earlier_only)


def taken(result):
    return [(one.row.invoice, one.sale.invoice, one.quantity, one.amount) for one in result.given_back]


def sold(invoice, quantity, day, **more):
    return a_row(invoice, quantity=quantity, at=f"2010-12-{day:02} 10:00", **more)


def canceled(invoice, quantity, day, **more):
    return a_row(invoice, quantity=-quantity, at=f"2010-12-{day:02} 12:00", **more)


class TestMatching:
    def test_takes_the_latest_earlier_sale_first_and_goes_on_to_the_one_before(self):
        result = matched(sold("1", 5, 1), sold("2", 3, 2), canceled("C3", 4, 3))

        assert taken(result) == [("C3", "2", 3, 300), ("C3", "1", 1, 100)]
        assert result.listed == []

    def test_prefers_an_earlier_sale_to_a_later_one(self):
        result = matched(sold("1", 5, 1), canceled("C2", 4, 2), sold("3", 9, 2, price="1.00"))

        assert taken(result) == [("C2", "3", 4, 400)], "the sale of 10:00 is earlier than the cancellation of 12:00"

        result = matched(sold("1", 5, 1), canceled("C2", 4, 2), sold("3", 9, 3))
        assert taken(result) == [("C2", "1", 4, 400)]

    def test_takes_a_later_sale_where_no_earlier_one_is_left_nearest_first(self):
        rows = (sold("1", 1, 1), canceled("C2", 4, 2), sold("3", 2, 3), sold("4", 9, 4))

        assert taken(matched(*rows)) == [("C2", "1", 1, 100), ("C2", "3", 2, 200), ("C2", "4", 1, 100)]
        assert [one.of_later_sale for one in matched(*rows).given_back] == [False, True, True]

        strict = matched(*rows, earlier_only=True)
        assert taken(strict) == [("C2", "1", 1, 100)]
        assert [(one.reason, one.quantity, one.money, one.whole) for one in strict.listed] == [
            (Reason.TOO_MANY, -3, -3, False)
        ]

    def test_lets_no_later_sale_be_taken_before_every_earlier_one_was_asked_for(self):
        result = matched(canceled("C1", 2, 1), sold("2", 2, 2), canceled("C3", 2, 3))

        assert taken(result) == [("C3", "2", 2, 200)]
        assert [(one.invoice, one.reason) for one in result.listed] == [("C1", Reason.ONLY_LATER)]

    def test_never_gives_the_same_pieces_back_twice(self):
        result = matched(sold("1", 4, 1), canceled("C2", 4, 2), canceled("C3", 4, 3))

        assert taken(result) == [("C2", "1", 4, 400)]
        assert [(one.invoice, one.reason) for one in result.listed] == [("C3", Reason.TOO_MANY)]

    def test_knows_neither_another_customer_nor_another_sku(self):
        result = matched(
            sold("1", 4, 1, customer="18"),
            sold("2", 4, 1, sku="10002"),
            sold("3", 4, 1, customer=None),
            canceled("C4", 1, 2),
        )

        assert taken(result) == []
        assert [(one.line, one.reason, one.money) for one in result.listed] == [(5, Reason.UNMATCHED, -1)]

    def test_matches_what_nobody_in_particular_gives_back_to_what_nobody_in_particular_bought(self):
        result = matched(sold("1", 4, 1, customer=None), canceled("C2", 1, 2, customer=None))

        assert taken(result) == [("C2", "1", 1, 100)]


class TestMoneyOfAMatch:
    def test_is_at_most_what_was_paid_and_the_difference_is_listed(self):
        result = matched(sold("1", 96, 1, price="1.85"), canceled("C2", 72, 2, price="2.10"))

        assert taken(result) == [("C2", "1", 72, 13320)]
        [listed] = result.listed
        assert (listed.reason, listed.quantity, listed.whole) == (Reason.PRICE_DIFFERENCE, -72, False)
        assert str(listed.money) == "-18.00"
        assert listed.detail == "72 of invoice 1 at 1.85"

    def test_is_what_the_cancellation_says_where_more_was_paid(self):
        result = matched(sold("1", 5, 1, price="2.51"), canceled("C2", 3, 2, price="1.25"))

        assert taken(result) == [("C2", "1", 3, 375)]
        assert result.listed == []

    def test_of_a_discounted_line_is_never_more_than_was_paid_for_it(self):
        rows = (sold("1", 3, 1), sold("1", -1, 1, sku="D"), *(canceled(f"C{n}", 1, n) for n in (2, 3, 4)))

        assert [amount for *_, amount in taken(matched(*rows))] == [66, 67, 67]

    def test_counts_a_shipping_charge_as_money_without_a_line(self):
        result = matched(sold("1", 1, 1), sold("1", 1, 1, sku="POST", price="18.00"), canceled("C2", 1, 2, sku="POST"))

        [refund] = refunds(result.given_back)
        assert (refund.amount, dict(refund.pieces)) == (100, {})


class TestRefunds:
    def test_gather_what_one_cancellation_takes_back_of_one_order(self):
        result = matched(
            sold("1", 4, 1),
            sold("1", 4, 1, sku="10002", price="0.50"),
            canceled("C2", 3, 2),
            canceled("C2", 1, 2),
            canceled("C2", 2, 2, sku="10002", price="0.50"),
            canceled("C3", 2, 3, sku="10002", price="0.50"),
        )

        assert [
            (one.invoice, one.sale.invoice, one.amount, dict(one.pieces)) for one in refunds(result.given_back)
        ] == [
            ("C2", "1", 500, {1: 4, 2: 2}),
            ("C3", "1", 100, {2: 2}),
        ]

    def test_undo_an_order_of_their_own_day_only_as_a_whole(self):
        def undoes(*rows):
            return [one.undoes_unshipped for one in refunds(matched(*rows).given_back)]

        goods, postage = sold("1", 4, 1), sold("1", 1, 1, sku="POST")
        all_of_it = canceled("C2", 4, 1), canceled("C2", 1, 1, sku="POST")
        assert undoes(goods, postage, *all_of_it) == [True]
        assert undoes(goods, postage, all_of_it[0]) == [False]
        assert undoes(goods, canceled("C2", 4, 2)) == [False]
        assert undoes(goods, canceled("C2", 4, 1, price="0.99")) == [False]
