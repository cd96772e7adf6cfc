"""
Which earlier sale a cancellation line gives back.

By customer and SKU, among the sales up to that moment, latest first, over several if need be, and never more pieces of
a sale than were sold and not yet given back. What finds no earlier sale may be taken from a later one, nearest first:
this store often writes the cancellation some minutes before the corrected invoice, and its books come out right only
if that one bears it. Sales to nobody in particular are matched to cancellations of nobody in particular.

For the pieces goes back what the cancellation says, at most what was paid for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fulfillment.replay.invoices import Sale, SoldLine, pence, pounds
from fulfillment.replay.rows import Listed, Reason, Row


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Pieces of one line of one order that a cancellation line takes back. `amount` is pence; 0 where nothing was paid."""

    row: Row
    sale: Sale
    line: SoldLine
    quantity: int
    amount: int

    @property
    def at(self) -> datetime:
        """When it can be acted on: at the cancellation, or when the sale is made."""
        return max(self.row.at, self.sale.at)

    @property
    def of_later_sale(self) -> bool:
        """Tell whether the sale came after the cancellation."""
        return self.sale.at > self.row.at


@dataclass(frozen=True, slots=True)
class Refund:
    """What one cancellation invoice takes back of one order: paid back in one go."""

    invoice: str
    sale: Sale
    parts: Sequence[GiveBack]

    @property
    def at(self) -> datetime:
        """When it can be acted on."""
        return self.parts[0].at

    @property
    def amount(self) -> int:
        """What goes back, in pence."""
        return sum(part.amount for part in self.parts)

    @property
    def pieces(self) -> Mapping[int, int]:
        """How many pieces of each line of the order, by its position. Shipping charges are no line."""
        pieces: dict[int, int] = defaultdict(int)
        for part in self.parts:
            if part.line.position is not None:
                pieces[part.line.position] += part.quantity
        return pieces

    @property
    def undoes_unshipped(self) -> bool:
        """Tell whether it takes the whole order back on its own day: the order is canceled before the floor sees it."""
        sold = sum(line.row.quantity for line in (*self.sale.lines, *self.sale.charges))
        given_back = sum(part.quantity for part in self.parts)
        return self.at.date() == self.sale.at.date() and given_back == sold and self.amount == self.sale.total


@dataclass(frozen=True, slots=True)
class Matched:
    """What the cancellation lines come to, in time order, and what of them is listed."""

    given_back: Sequence[GiveBack]
    listed: Sequence[Listed]


@dataclass(slots=True)
class _Stock:
    """A sold line, and how many of its pieces were given back so far."""

    sale: Sale
    line: SoldLine
    given_back: int = 0

    @property
    def left(self) -> int:
        return self.line.row.quantity - self.given_back

    def take(self, row: Row, quantity: int) -> GiveBack:
        """Take pieces back. What they were worth is the difference of two running shares of the line's amount."""
        after = self.given_back + quantity
        sold, amount = self.line.row.quantity, self.line.amount
        paid = amount * after // sold - amount * self.given_back // sold
        self.given_back = after
        return GiveBack(row, self.sale, self.line, quantity, min(paid, quantity * pence(row) // row.quantity))


def match(sales: Iterable[Sale], canceled: Sequence[Row], *, earlier_only: bool = False) -> Matched:
    """Match cancellation lines, given in time order, to sales. Every line is given back, listed, or both in part."""
    shelves: dict[tuple[str | None, str], list[_Stock]] = defaultdict(list)
    for sale in sorted(sales, key=lambda sale: (sale.at, int(sale.invoice))):
        for line in (*sale.lines, *sale.charges):
            shelves[sale.customer, line.row.sku].append(_Stock(sale, line))
    taken: list[list[GiveBack]] = []
    for row in canceled:
        earlier = [stock for stock in shelves[row.customer, row.sku] if stock.sale.at <= row.at]
        taken.append(_take(row, -row.quantity, reversed(earlier)))
    if not earlier_only:
        for n, row in enumerate(canceled):
            later = [stock for stock in shelves[row.customer, row.sku] if stock.sale.at > row.at]
            taken[n] += _take(row, _missing(row, taken[n]), later)
    listed = [each for row, got in zip(canceled, taken, strict=True) for each in _rest(row, got, shelves)]
    return Matched(sorted((one for got in taken for one in got), key=lambda one: one.at), listed)


def refunds(given_back: Sequence[GiveBack]) -> list[Refund]:
    """Gather what was matched, in time order, by cancellation invoice and order."""
    groups: dict[tuple[str, str], list[GiveBack]] = defaultdict(list)
    for one in given_back:
        groups[one.row.invoice, one.sale.invoice].append(one)
    return [Refund(invoice, parts[0].sale, parts) for (invoice, _), parts in groups.items()]


def _take(row: Row, wanted: int, stocks: Iterable[_Stock]) -> list[GiveBack]:
    got = []
    for stock in stocks:
        if (quantity := min(wanted, stock.left)) > 0:
            got.append(stock.take(row, quantity))
            wanted -= quantity
    return got


def _missing(row: Row, got: Sequence[GiveBack]) -> int:
    return -row.quantity - sum(one.quantity for one in got)


def _rest(row: Row, got: Sequence[GiveBack], shelves: dict[tuple[str | None, str], list[_Stock]]) -> Iterable[Listed]:
    """List what is left of a cancellation line: pieces that were not found, and money that was not paid for them."""
    missing = _missing(row, got)
    stocks = shelves[row.customer, row.sku]
    if not got:
        if not stocks:
            reason = Reason.UNMATCHED
        else:
            reason = Reason.TOO_MANY if any(stock.sale.at <= row.at for stock in stocks) else Reason.ONLY_LATER
        yield Listed.row(row, reason)
        return
    if missing:
        yield Listed.part(row, Reason.TOO_MANY, quantity=-missing, money=row.price * -missing)
    found = sum(one.quantity for one in got)
    if difference := row.price * found - pounds(sum(one.amount for one in got)):
        yield Listed.part(
            row,
            Reason.PRICE_DIFFERENCE,
            quantity=-found,
            money=-difference,
            detail=", ".join(f"{one.quantity} of invoice {one.sale.invoice} at {one.line.row.price}" for one in got),
        )
