"""The report: where every order ended, the figures, and whether all that must be true is."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from fulfillment.checks.check import check_database
from fulfillment.checks.report import print_table
from fulfillment.demo.closing import Ended, surprises
from fulfillment.demo.figures import Figures, percentile
from fulfillment.demo.shift import Shift
from fulfillment.kernel.money import printed
from fulfillment.runtime.system import System

_STATUSES = ("completed", "partially_shipped", "in_progress", "on_hold", "canceled", "refused")
_CURRENCIES = ("GBP", "JPY")
_AMOUNTS = ("total", "authorized", "captured", "refunded")


def show(console: Console, shift: Shift, ended: Sequence[Ended], found: Figures, system: System) -> bool:
    """Print it; tell whether every order ended as planned and every invariant holds."""
    console.print(ends_table(ended), money_table(ended), figures_table(found), sep="\n")
    surprising = surprises(shift, ended, found.mails)
    for sentence in surprising:
        console.print(f"not as planned: {sentence}", style="red", highlight=False, soft_wrap=True)
    if not surprising:
        console.print(f"All {len(ended)} checkouts ended as planned.", style="green")
    return _checked(console, system) and not surprising


def ends_table(ended: Sequence[Ended]) -> Table:
    """Status, payment status and why, with the number of orders and their totals by currency."""
    counts: Counter[tuple[str, str, str]] = Counter()
    totals: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for each in ended:
        row = _row(each)
        counts[row] += 1
        if each.order:
            totals[row][each.order["total"]["currency"]] += each.order["total"]["amount"]
    table = Table("status", "payment", "why", title="Where every order ended", title_justify="left")
    for heading in ("orders", *_CURRENCIES):
        table.add_column(heading, justify="right")
    for row in sorted(counts, key=lambda row: (_rank(row[0]), -counts[row], row)):
        table.add_row(*row, str(counts[row]), *_by_currency(totals[row]), style=None if row[2] else "red")
    table.add_section()
    table.add_row("", "", "in all", str(counts.total()), *_by_currency(sum(totals.values(), Counter())))
    return table


def money_table(ended: Sequence[Ended]) -> Table:
    """What became of the money, by currency."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for order in (each.order for each in ended if each.order):
        for name in _AMOUNTS:
            sums[order["total"]["currency"]][name] += order["amounts"][name]["amount"]
    table = Table("money", title_justify="left")
    for heading in ("ordered", "still set aside", "captured", "refunded"):
        table.add_column(heading, justify="right")
    for currency in sorted(sums):
        table.add_row(currency, *(_plain(sums[currency][name], currency) for name in _AMOUNTS))
    return table


def figures_table(found: Figures) -> Table:
    """How much, and how quickly."""
    table = Table("figure", "", show_header=False)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(found.gateway.items()))
    rows = {
        "checkouts": f"{len(found.checkouts):,}",
        "checkout answered, p50 / p99": _percentiles(found.checkouts),
        "checkout to stock assigned, p50 / p99": _percentiles(found.to_assigned),
        "e-mails in the outbox": f"{found.mails:,}",
        "operations at the payment gateway": f"{found.gateway.total():,} ({kinds})",
        "seconds, with starting": f"{found.seconds:.1f}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _checked(console: Console, system: System) -> bool:
    findings = check_database(system.database_url)
    if all(finding.holds for finding in findings):
        console.print(f"fulfillment check: clean, all {len(findings)} invariants hold.", style="green")
        return True
    print_table([finding for finding in findings if not finding.holds], console)
    return False


def _row(each: Ended) -> tuple[str, str, str]:
    if each.end:
        return each.end.status, each.end.payment_status, each.end.why
    return (each.order["status"], each.order["payment_status"], "") if each.order else ("refused", "-", "")


def _rank(status: str) -> int:
    return _STATUSES.index(status) if status in _STATUSES else len(_STATUSES)


def _percentiles(milliseconds: Sequence[float]) -> str:
    return f"{percentile(milliseconds, 0.5):.0f} / {percentile(milliseconds, 0.99):.0f} ms"


def _by_currency(sums: Counter[str]) -> list[str]:
    return [_plain(sums[currency], currency) if sums[currency] else "" for currency in _CURRENCIES]


def _plain(amount: int, currency: str) -> str:
    return printed(amount, currency).removesuffix(f" {currency}")
