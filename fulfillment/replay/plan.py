"""What is to be done with a store's history, and the proof that no row and no penny of it is forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fulfillment.replay.invoices import Sale, pounds, sort
from fulfillment.replay.match import GiveBack, Refund, match, refunds
from fulfillment.replay.rows import History, Listed, Reason


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the store: its sales, then the floor, then what was given back. Both in time order."""

    date: date
    sales: Sequence[Sale]
    refunds: Sequence[Refund]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the files ask for. `rows_in` and `money_in` (pounds) are of all rows; money of unreadable ones is unknown."""

    rows_in: int
    money_in: Decimal
    sales: Sequence[Sale]
    given_back: Sequence[GiveBack]
    listed: Sequence[Listed]

    @property
    def days(self) -> list[Day]:
        """The days on which something is to be done, in order."""
        sales: dict[date, list[Sale]] = defaultdict(list)
        backs: dict[date, list[Refund]] = defaultdict(list)
        for sale in self.sales:
            sales[sale.at.date()].append(sale)
        for refund in self.refunds:
            backs[refund.at.date()].append(refund)
        return [Day(day, sales[day], backs[day]) for day in sorted({*sales, *backs})]

    @property
    def refunds(self) -> list[Refund]:
        """What is given back, by cancellation invoice and order, in time order."""
        return refunds(self.given_back)

    @property
    def rows_of_sales(self) -> int:
        """Rows that are part of an order."""
        return sum(sale.rows for sale in self.sales)

    @property
    def rows_given_back(self) -> int:
        """Cancellation rows that are acted on, in whole or in part."""
        return len({(one.row.file, one.row.line) for one in self.given_back})

    @property
    def rows_of_later_sales(self) -> int:
        """Cancellation rows of which at least a part is taken from a sale that came after them."""
        return len({(one.row.file, one.row.line) for one in self.given_back if one.of_later_sale})

    @property
    def rows_listed(self) -> int:
        """Rows that are not acted on at all."""
        return sum(1 for one in self.listed if one.whole)

    @property
    def ordered(self) -> Decimal:
        """What the orders come to, in pounds."""
        return pounds(sum(sale.total for sale in self.sales))

    @property
    def refunded(self) -> Decimal:
        """What goes back, in pounds."""
        return pounds(sum(one.amount for one in self.given_back))

    @property
    def money_listed(self) -> Decimal:
        """What was listed, in pounds; negative where cancellations outweigh."""
        return sum((one.money for one in self.listed if one.money is not None), Decimal(0))

    @property
    def by_reason(self) -> Mapping[Reason, tuple[int, Decimal]]:
        """How many were listed, and their pounds, by reason."""
        count = Counter(one.reason for one in self.listed)
        money: dict[Reason, Decimal] = defaultdict(Decimal)
        for one in self.listed:
            money[one.reason] += one.money or 0
        return {reason: (count[reason], money[reason]) for reason in Reason if count[reason]}

    def without(self, sales: Mapping[str, str], undone: Sequence[tuple[Refund, str]]) -> Plan:
        """
        Give the plan less what the API refused, which is listed with the API's reason.

        `sales` are refused invoices; what was to be given back of them cannot be, either.
        """
        refused = {id(part): why for refund, why in undone for part in refund.parts}
        refused |= {id(one): sales[one.sale.invoice] for one in self.given_back if one.sale.invoice in sales}
        kept = [one for one in self.given_back if id(one) not in refused]
        still_acted_on = {(one.row.file, one.row.line) for one in kept}
        listed = list(self.listed)
        for sale in self.sales:
            if sale.invoice in sales:
                rows = [*(line.row for line in (*sale.lines, *sale.charges)), *sale.discounts]
                listed += [Listed.row(row, Reason.REFUSED, sales[sale.invoice]) for row in rows]
        gone: dict[tuple[str, int], Listed] = {}
        for one in self.given_back:
            if (why := refused.get(id(one))) is None:
                continue
            if (place := (one.row.file, one.row.line)) in still_acted_on:
                money = -pounds(one.amount)
                listed.append(Listed.part(one.row, Reason.REFUSED, quantity=-one.quantity, money=money, detail=why))
            else:
                gone[place] = Listed.row(one.row, Reason.REFUSED, why)
        # A row of which nothing is left is listed whole; so its parts are not listed beside it.
        listed = [one for one in listed if one.whole or (one.file, one.line) not in gone]
        return replace(
            self,
            sales=[sale for sale in self.sales if sale.invoice not in sales],
            given_back=kept,
            listed=[*listed, *gone.values()],
        )

    def differences(self) -> list[str]:
        """Say what does not add up: nothing, if rows in = acted on + listed, and money in = orders - refunds + listed."""
        found = []
        acted = self.rows_of_sales + self.rows_given_back
        if self.rows_in != acted + self.rows_listed:
            found.append(f"{self.rows_in} rows in, {acted} acted on, {self.rows_listed} listed")
        if self.money_in != self.ordered - self.refunded + self.money_listed:
            found.append(
                f"{self.money_in} in, {self.ordered} ordered, {self.refunded} refunded, {self.money_listed} listed"
            )
        return found


def plan(history: History, *, earlier_only: bool = False) -> Plan:
    """Decide what becomes of every row."""
    invoices = sort(history)
    matched = match(invoices.sales, invoices.canceled, earlier_only=earlier_only)
    return Plan(
        rows_in=history.rows_in,
        money_in=sum((row.money for row in history.rows), Decimal(0)),
        sales=invoices.sales,
        given_back=matched.given_back,
        listed=[*invoices.listed, *matched.listed],
    )
