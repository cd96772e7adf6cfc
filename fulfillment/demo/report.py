"""The report: where every order ended, the figures, and whether all that must be true is."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich import box
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
_WRONG = "NOT AS PLANNED, see below"
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
    """Status and payment status, and below them why: with the number of orders, and their totals by currency."""
    groups: defaultdict[tuple[str, str], defaultdict[str, list[Ended]]] = defaultdict(lambda: defaultdict(list))
    for each in ended:
        status, payment_status, why = _standing(each)
        groups[status, payment_status][why].append(each)
    table = _table("Where every order ended", "orders", *_CURRENCIES)
    for group in sorted(groups, key=lambda group: (_rank(group[0]), group)):
        whys = groups[group]
        table.add_row(", ".join(group), *_sums([each for some in whys.values() for each in some]), style="bold")
        for why in sorted(whys, key=lambda why: (-len(whys[why]), why)):
            table.add_row(f"  {why}", *_sums(whys[why]), style="red" if why == _WRONG else None)
        table.add_section()
    table.add_row("all", *_sums(ended), style="bold")
    return table


def money_table(ended: Sequence[Ended]) -> Table:
    """What became of the money, by currency."""
    table = _table("Money", "ordered", "still set aside", "captured", "refunded")
    for currency in _CURRENCIES:
        orders = [each.order for each in ended if each.order and each.order["total"]["currency"] == currency]
        sums = [sum(order["amounts"][name]["amount"] for order in orders) for name in _AMOUNTS]
        table.add_row(currency, *(_plain(amount, currency) for amount in sums))
    return table


def figures_table(found: Figures) -> Table:
    """How much, and how quickly."""
    table = _table("Figures", "")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.gateway.items()))
    rows = {
        "checkouts": f"{len(found.checkouts):,}",
        "checkout answered, p50 / p99": _percentiles(found.checkouts),
        "checkout to stock assigned, p50 / p99": _percentiles(found.to_assigned),
        "e-mails in the outbox": f"{found.mails:,}",
        "operations at the gateway": f"{found.gateway.total():,}: {kinds}",
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


def _standing(each: Ended) -> tuple[str, str, str]:
    if each.end:
        return each.end.status, each.end.payment_status, each.end.why
    return (each.order["status"], each.order["payment_status"], _WRONG) if each.order else ("refused", "-", _WRONG)


def _rank(status: str) -> int:
    return _STATUSES.index(status) if status in _STATUSES else len(_STATUSES)


def _percentiles(milliseconds: Sequence[float]) -> str:
    return f"{percentile(milliseconds, 0.5):.0f} / {percentile(milliseconds, 0.99):.0f} ms"


def _sums(ended: Sequence[Ended]) -> list[str]:
    totals = Counter[str]()
    for total in (each.order["total"] for each in ended if each.order):
        totals[total["currency"]] += total["amount"]
    return [str(len(ended)), *(_plain(totals[name], name) if totals[name] else "" for name in _CURRENCIES)]


def _table(title: str, *numbers: str) -> Table:
    table = Table(title, box=box.SIMPLE_HEAD, header_style="bold cyan", pad_edge=False)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _plain(amount: int, currency: str) -> str:
    return printed(amount, currency).removesuffix(f" {currency}")
