"""What a replay came to: the files' own sums, beside what the API says of the orders."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from fulfillment.replay.books import Books, Standing
from fulfillment.replay.invoices import pounds
from fulfillment.replay.plan import Plan
from fulfillment.replay.rows import Reason


@dataclass(frozen=True, slots=True)
class Report:
    """
    The end of a replay. `plan` is without what the API refused; `standings` are the orders as the API shows them.
    Without `books` nothing was done, and the plan alone is told.

    `trouble` is whatever else keeps it from being well: a walk that got stuck, an invariant that does not hold.
    """

    plan: Plan
    books: Books | None
    standings: Sequence[Standing]
    seconds: float
    trouble: Sequence[str] = ()

    @property
    def canceled(self) -> Decimal:
        """What was canceled before it shipped, in pounds."""
        return pounds(sum(one.total for one in self.standings if one.status == "canceled"))

    @property
    def captured(self) -> Decimal:
        """What was captured, in pounds."""
        return pounds(sum(one.captured for one in self.standings))

    @property
    def refunded(self) -> Decimal:
        """What was refunded, in pounds."""
        return pounds(sum(one.refunded for one in self.standings))

    def differences(self) -> list[str]:
        """Say everything that does not add up. Nothing said: every row and every penny is accounted for."""
        found = [*self.plan.differences(), *self.trouble]
        if self.books is None:
            return found
        expected: dict[str, tuple[int, int]] = {}
        back: dict[str, int] = {}
        for one in self.plan.given_back:
            back[one.sale.invoice] = back.get(one.sale.invoice, 0) + one.amount
        for sale in self.plan.sales:
            if (number := self.books.orders.get(sale.invoice)) is None:
                found.append(f"invoice {sale.invoice} has no order")
            else:
                expected[number] = (sale.total, back.get(sale.invoice, 0))
        found += [
            f"order {standing.number}: {wrong}"
            for standing in self.standings
            if standing.number in expected and (wrong := _wrong(standing, *expected[standing.number]))
        ]
        if refused := self.plan.by_reason.get(Reason.REFUSED):
            found.append(f"the API refused what {refused[0]} rows ask for")
        return found

    def as_json(self) -> dict[str, Any]:
        """Give the report as one object. Money is pounds, as exact text."""
        plan = self.plan
        return {
            "adds_up": not self.differences(),
            "differences": self.differences(),
            "rows": {
                "in": plan.rows_in,
                "acted_on": plan.rows_of_sales + plan.rows_given_back,
                "listed": plan.rows_listed,
            },
            "sales": {
                "orders": len(plan.sales),
                "rows": plan.rows_of_sales,
                "without_customer": sum(1 for sale in plan.sales if sale.customer is None),
                "repeating_a_sku": sum(1 for sale in plan.sales if _repeats(sale.lines)),
                "longest": max((sale.rows for sale in plan.sales), default=0),
            },
            "cancellations": {
                "rows_acted_on": plan.rows_given_back,
                "of_which_from_a_later_sale": plan.rows_of_later_sales,
                "refunds": len(plan.refunds),
            },
            "money": {
                "in": _told(plan.money_in),
                "orders": _told(plan.ordered),
                "refunds": _told(plan.refunded),
                "listed": _told(plan.money_listed),
            },
            "api": {
                "orders": len(self.standings),
                "captured": _told(self.captured),
                "canceled": _told(self.canceled),
                "refunded": _told(self.refunded),
            }
            if self.books is not None
            else None,
            "listed": {
                str(reason): {"count": count, "money": _told(money)}
                for reason, (count, money) in plan.by_reason.items()
            },
            "changed": dict(self.books.changed) if self.books is not None else None,
            "seconds": round(self.seconds, 1),
        }


def print_table(report: Report, console: Console) -> None:
    """Print the report for people."""
    told = report.as_json()
    plan = report.plan
    table = Table("", "rows", "GBP", title="replay")
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("in the files", f"{plan.rows_in:,}", f"{plan.money_in:,.2f}", end_section=True)
    table.add_row(_counted(len(plan.sales), "order"), f"{plan.rows_of_sales:,}", f"{plan.ordered:,.2f}")
    refunds = f"{_counted(len(plan.refunds), 'refund')} ({_counted(plan.rows_of_later_sales, 'row')} from a later sale)"
    table.add_row(refunds, f"{plan.rows_given_back:,}", f"{-plan.refunded:,.2f}")
    table.add_row("listed", f"{plan.rows_listed:,}", f"{plan.money_listed:,.2f}", end_section=True)
    for reason, (count, money) in plan.by_reason.items():
        table.add_row(f"  {reason}", f"{count:,}", f"{money:,.2f}")
    console.print(table)
    if report.books is None:
        console.print("Nothing was done: this was a dry run.")
    else:
        _print_done(report, report.books, console)
    for difference in told["differences"]:
        console.print(difference, style="bold red", markup=False, highlight=False)
    if told["adds_up"]:
        console.print("Everything adds up: rows, and money to the penny.", style="bold green")


def _print_done(report: Report, books: Books, console: Console) -> None:
    seen = Table("the API says", "GBP")
    seen.columns[1].justify = "right"
    for name, money in (("captured", report.captured), ("canceled", report.canceled), ("refunded", report.refunded)):
        seen.add_row(name, f"{money:,.2f}")
    console.print(seen)
    done = ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in books.changed.items())
    console.print(f"This run took {report.seconds:.1f} s ({done}).", highlight=False)


def write_listed(plan: Plan, path: Path) -> None:
    """Write everything that was listed, in the order of the files."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "invoice", "sku", "quantity", "money", "whole_row", "reason", "detail"])
        for one in sorted(plan.listed, key=lambda one: (one.file, one.line)):
            quantity = "" if one.quantity is None else one.quantity
            money = "" if one.money is None else _told(one.money)
            whole = "yes" if one.whole else "no"
            writer.writerow([one.file, one.line, one.invoice, one.sku, quantity, money, whole, one.reason, one.detail])


def as_line(report: Report) -> str:
    """Give the report as one line of JSON."""
    return json.dumps(report.as_json())


def _wrong(standing: Standing, total: int, back: int) -> str:
    if standing.status == "canceled":
        # Taken back before it shipped: nothing was captured, or all of it went back.
        right = standing.total == total == back and standing.captured == standing.refunded
    else:
        seen = (standing.status, standing.total, standing.captured, standing.refunded)
        right = seen == ("completed", total, total, back)
    if right:
        return ""
    return (
        f"{standing.status}, {standing.captured} of {standing.total} captured, {standing.refunded} refunded; "
        f"it should be {total} captured, {back} refunded (pence)"
    )


def _repeats(lines: Sequence[Any]) -> bool:
    return len({line.row.sku for line in lines}) < len(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _told(money: Decimal) -> str:
    """Write pounds exactly, with two decimals at least. (Adding 0 takes the sign from a zero.)"""
    penny = money.quantize(Decimal("0.01"))
    return str((penny if money == penny else money) + 0)
