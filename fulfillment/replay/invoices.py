"""What each invoice is: a priced sale becomes an order, a cancellation is matched later, anything else is listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from fulfillment.kernel.money import prorate
from fulfillment.replay.rows import History, Listed, Reason, Row

CURRENCY: Final = "GBP"

SHIPPING: Final = frozenset({"POST", "DOT"})
DISCOUNT: Final = "D"
# Services that the store bills under a code of their own. A code without any digit is one as well (M, S, AMAZONFEE, ...).
_SERVICES: Final = frozenset({"C2", "C3"})
_SALE: Final = re.compile(r"\d+")
_CANCELLATION: Final = re.compile(r"C\d+")
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class SoldLine:
    """
    One row of a sale as it is part of an order. Amounts are pence.

    `position` counts the order's lines from 1, goods before charges; a shipping charge is no line and has None.
    `amount` is what was paid for the whole of it.
    """

    row: Row
    position: int | None
    amount: int
    manual: bool


@dataclass(frozen=True, slots=True)
class Sale:
    """A priced sale invoice: an order to be. Amounts are pence."""

    invoice: str
    at: datetime
    customer: str | None
    country: str
    lines: Sequence[SoldLine]
    charges: Sequence[SoldLine]
    """What was charged for shipping."""
    discounts: Sequence[Row]

    @property
    def shipping(self) -> int:
        """What shipping costs."""
        return sum(charge.amount for charge in self.charges)

    @property
    def discount(self) -> int:
        """What is taken off the lines."""
        return -sum(pence(row) for row in self.discounts)

    @property
    def total(self) -> int:
        """What the customer pays. The lines' amounts are net of the discount."""
        return sum(line.amount for line in self.lines) + self.shipping

    @property
    def rows(self) -> int:
        """How many rows of the files it is made of."""
        return len(self.lines) + len(self.charges) + len(self.discounts)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The invoices, by what they are. Cancellation rows and sales are in time order."""

    sales: Sequence[Sale]
    canceled: Sequence[Row]
    listed: Sequence[Listed]


def pence(row: Row) -> int:
    """Give the row's money in pence. Only for rows whose price has at most two decimals."""
    return int(row.money * 100)


def pounds(amount: int) -> Decimal:
    """Write pence as pounds, exactly."""
    return Decimal(amount).scaleb(-2)


def sort(history: History) -> Sorted:
    """Sort all rows: each comes out once, in a sale, as a row of a cancellation, or listed."""
    listed = list(history.listed)
    sales: list[Sale] = []
    canceled: list[Row] = []
    for invoice, rows in _grouped(history.rows, listed).items():
        if _SALE.fullmatch(invoice):
            kept = [row for row in rows if _kept(row, _why_not_sold(row), listed)]
            if (sale := _sale(invoice, kept, listed)) is not None:
                sales.append(sale)
        elif _CANCELLATION.fullmatch(invoice):
            canceled += [row for row in rows if _kept(row, _why_not_canceled(row), listed)]
        else:
            listed += [Listed.row(row, Reason.UNKNOWN_INVOICE) for row in rows]
    sales.sort(key=lambda sale: (sale.at, int(sale.invoice)))
    canceled.sort(key=lambda row: row.at)
    return Sorted(sales, canceled, listed)


def _grouped(rows: Sequence[Row], listed: list[Listed]) -> dict[str, list[Row]]:
    """By invoice. An invoice belongs to the first file that has it, so that overlapping files sell nothing twice."""
    invoices: dict[str, list[Row]] = {}
    for row in rows:
        others = invoices.setdefault(row.invoice, [])
        if others and others[0].file != row.file:
            listed.append(Listed.row(row, Reason.REPEATED, f"it is in {others[0].file}"))
        elif others and others[0].customer != row.customer:
            listed.append(Listed.row(row, Reason.OTHER_CUSTOMER, f"the others name {others[0].customer or 'nobody'}"))
        else:
            others.append(row)
    return invoices


def _kept(row: Row, reason: Reason | None, listed: list[Listed]) -> bool:
    if reason is not None:
        listed.append(Listed.row(row, reason))
    return reason is None


def _why_not_sold(row: Row) -> Reason | None:
    if row.quantity == 0:
        return Reason.ZERO_QUANTITY
    if row.quantity < 0 and not _is_discount(row):
        return Reason.STOCK_ADJUSTMENT
    return _why_not_priced(row)


def _why_not_canceled(row: Row) -> Reason | None:
    if row.quantity == 0:
        return Reason.ZERO_QUANTITY
    if row.quantity > 0:
        return Reason.WRONG_SIGN
    return _why_not_priced(row) or (Reason.LATER_DISCOUNT if row.sku == DISCOUNT else None)


def _why_not_priced(row: Row) -> Reason | None:
    if row.price == 0:
        return Reason.ZERO_PRICE
    if row.price < 0:
        return Reason.NEGATIVE_PRICE
    if row.price * 100 % 1 != 0:
        return Reason.PART_OF_A_PENNY
    return None


def _is_discount(row: Row) -> bool:
    return row.sku == DISCOUNT and row.quantity < 0 < row.price


def _sale(invoice: str, rows: Sequence[Row], listed: list[Listed]) -> Sale | None:
    discounts = [row for row in rows if _is_discount(row)]
    charges = [row for row in rows if row.sku in SHIPPING]
    goods = [row for row in rows if row.sku not in SHIPPING and not _is_discount(row)]
    if not goods:
        # Nothing but a shipping charge: the charge itself is what was sold.
        goods, charges = charges, []
    if -sum(pence(row) for row in discounts) > sum(pence(row) for row in goods):
        listed += [Listed.row(row, Reason.DISCOUNT_TOO_LARGE) for row in discounts]
        discounts = []
    if not goods:
        return None
    first = rows[0]
    goods.sort(key=is_service)
    return Sale(
        invoice,
        first.at,
        first.customer,
        first.country,
        _lines(goods, -sum(pence(row) for row in discounts)),
        [SoldLine(row, None, pence(row), manual=False) for row in charges],
        discounts,
    )


def is_service(row: Row) -> bool:
    """Tell whether a row bills a service and no goods."""
    return row.sku in SHIPPING or row.sku in _SERVICES or not _DIGIT.search(row.sku)


def _lines(goods: Sequence[Row], discount: int) -> list[SoldLine]:
    gross = [pence(row) for row in goods]
    shares = prorate(discount, gross) if gross else []
    return [
        SoldLine(row, position, amount - share, manual=is_service(row))
        for position, (row, amount, share) in enumerate(zip(goods, gross, shares, strict=True), start=1)
    ]
