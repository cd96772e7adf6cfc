"""What each invoice is."""

from decimal import Decimal

import pytest
from replay.history import a_row, history

from fulfillment.replay.invoices import sort
from fulfillment.replay.rows import Reason


def reasons(sorted_invoices):
    return [(one.line, one.reason) for one in sorted_invoices.listed]


class TestAPricedSale:
    def test_keeps_a_repeated_sku_as_two_lines(self):
        [sale] = sort(history(a_row(quantity=6, price="2.55"), a_row(quantity=2, price="2.55"))).sales

        assert [(line.row.sku, line.position, line.amount) for line in sale.lines] == [
            ("10001", 1, 1530),
            ("10001", 2, 510),
        ]
        assert (sale.total, sale.shipping, sale.customer) == (2040, 0, "17")

    def test_takes_postage_as_its_shipping_charge(self):
        result = sort(history(a_row(), a_row(sku="POST", quantity=3, price="18.00"), a_row(sku="DOT", price="569.77")))

        [sale] = result.sales
        assert [line.row.sku for line in sale.lines] == ["10001"]
        assert (sale.shipping, sale.total, sale.rows) == (5400 + 56977, 100 + 5400 + 56977, 3)
        assert result.listed == []

    @pytest.mark.parametrize("service", ["M", "m", "C2", "C3", "S", "BANK CHARGES", "AMAZONFEE", "CRUK"])
    def test_takes_a_service_as_a_manual_line_after_the_goods(self, service):
        [sale] = sort(history(a_row(sku=service, quantity=12, price="0.42"), a_row())).sales

        assert [(line.row.sku, line.position, line.manual, line.amount) for line in sale.lines] == [
            ("10001", 1, False, 100),
            (service, 2, True, 504),
        ]

    def test_of_postage_alone_sells_the_postage(self):
        [sale] = sort(history(a_row(sku="POST", price="18.00"))).sales

        assert [(line.row.sku, line.manual) for line in sale.lines] == [("POST", True)]
        assert (sale.shipping, sale.total) == (0, 1800)

    def test_bears_a_discount_on_its_lines_to_the_penny(self):
        [sale] = sort(
            history(
                a_row(quantity=3),
                a_row(sku="10002", quantity=3),
                a_row(sku="10003"),
                a_row(sku="D", quantity=-1, price="1.00"),
            )
        ).sales

        assert [line.amount for line in sale.lines] == [258, 257, 85]
        assert (sale.discount, sale.total) == (100, 600)

    def test_of_nobody_in_particular_is_one_too(self):
        [sale] = sort(history(a_row(customer=None))).sales

        assert sale.customer is None


class TestListed:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (a_row(quantity=-3, price="0"), Reason.STOCK_ADJUSTMENT),
            (a_row(quantity=0), Reason.ZERO_QUANTITY),
            (a_row(price="0.0"), Reason.ZERO_PRICE),
            (a_row(price="-11062.06"), Reason.NEGATIVE_PRICE),
            (a_row(price="0.001"), Reason.PART_OF_A_PENNY),
            (a_row(sku="D", quantity=-1), Reason.DISCOUNT_TOO_LARGE),
            (a_row("A563185", sku="B", price="11062.06"), Reason.UNKNOWN_INVOICE),
            (a_row("C", quantity=-1), Reason.UNKNOWN_INVOICE),
            (a_row("C500001", quantity=1), Reason.WRONG_SIGN),
            (a_row("C500001", quantity=-1, price="0"), Reason.ZERO_PRICE),
            (a_row("C500001", sku="D", quantity=-1), Reason.LATER_DISCOUNT),
        ],
    )
    def test_is_what_is_neither_sold_nor_canceled(self, row, reason):
        result = sort(history(row))

        assert reasons(result) == [(2, reason)]
        assert (result.sales, result.canceled) == ([], [])

    def test_is_a_zero_priced_row_of_a_priced_sale_alone(self):
        result = sort(history(a_row(), a_row(sku="22841", price="0"), a_row(sku="10002", price="1.500")))

        assert reasons(result) == [(3, Reason.ZERO_PRICE)]
        assert [sale.total for sale in result.sales] == [250]

    def test_is_an_invoice_that_a_second_file_repeats(self):
        result = sort(history(a_row(), a_row(file="b.csv")))

        assert [(one.file, one.line, one.reason) for one in result.listed] == [("b.csv", 3, Reason.REPEATED)]
        assert [sale.total for sale in result.sales] == [100]

    def test_is_a_row_of_another_customer(self):
        result = sort(history(a_row(), a_row(customer=None), a_row(customer="18")))

        assert reasons(result) == [(3, Reason.OTHER_CUSTOMER), (4, Reason.OTHER_CUSTOMER)]
        assert result.listed[0].money == Decimal("1.00")


def test_sales_and_cancellations_come_in_time_order():
    result = sort(
        history(
            a_row("500002", at="2010-12-02 10:00"),
            a_row("C500004", quantity=-1, at="2010-12-03 10:00"),
            a_row("500001", at="2010-12-01 10:00"),
            a_row("C500003", quantity=-1, at="2010-12-02 11:00"),
        )
    )

    assert [sale.invoice for sale in result.sales] == ["500001", "500002"]
    assert [row.invoice for row in result.canceled] == ["C500003", "C500004"]
