"""The history, walked through the API day by day: the sales, the floor, then what was given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from fulfillment.client.api import JSON, Api, RefusedError
from fulfillment.replay.books import Books, Standing, find_orders
from fulfillment.replay.checkouts import checkout
from fulfillment.replay.floor import Floor, is_settled
from fulfillment.replay.invoices import Sale
from fulfillment.replay.match import Refund
from fulfillment.replay.opening import open_shop
from fulfillment.replay.paybacks import Office
from fulfillment.replay.plan import Day, Plan

T = TypeVar("T")


class Progress(Protocol):
    """Who is told how far it is."""

    def day(self, day: Day) -> None:
        """A day begins."""

    def placed(self, count: int) -> None:
        """So many more orders are there."""

    def settled(self, count: int) -> None:
        """So many more orders are shipped and captured."""

    def given_back(self, count: int) -> None:
        """So many more refunds are through."""


def walk(api: Api, plan: Plan, books: Books, *, threads: int, patience: float, progress: Progress) -> None:
    """
    Do everything the plan asks for that was not done before, and keep the books.

    `patience` is how many seconds nothing may happen. Raises StuckError, and RefusedError where the shop cannot open.
    """
    there = find_orders(api)
    open_shop(api, plan.sales, [sale for sale in plan.sales if sale.invoice not in there])
    wanted = {sale.invoice for sale in plan.sales}
    books.orders.update((reference, order["number"]) for reference, order in there.items() if reference in wanted)
    settled = {order["number"] for order in there.values() if is_settled(order)}
    floor = Floor(api, books, patience=patience, on_settled=progress.settled)
    office = Office(api, books, patience=patience)
    with ThreadPoolExecutor(threads) as pool:
        for day in plan.days:
            progress.day(day)
            _in_turn(pool, _by_customer(day.sales), lambda sale: _place(api, books, there, sale, progress))
            office.withdraw(day.refunds)
            numbers = {books.orders[sale.invoice] for sale in day.sales if sale.invoice in books.orders}
            progress.settled(len(numbers & settled))
            floor.ship(numbers - settled)
            _in_turn(pool, _by_order(day.refunds), lambda refund: _pay_back(office, refund, progress))


def audit(api: Api, books: Books, *, threads: int) -> list[Standing]:
    """Look up how each order of these invoices stands."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda number: Standing.of(api.get(f"/v1/orders/{number}")), books.orders.values()))


def _place(api: Api, books: Books, there: dict[str, JSON], sale: Sale, progress: Progress) -> None:
    if (order := there.get(sale.invoice)) is not None:
        if order["total"]["amount"] != sale.total:
            books.refused_sales[sale.invoice] = f"{order['number']} stands for it, with another total"
            with books.lock:
                del books.orders[sale.invoice]
    else:
        try:
            order = api.post("/v1/checkouts", checkout(sale), key=f"replay-{sale.invoice}")
        except RefusedError as refused:
            books.refused_sales[sale.invoice] = str(refused)
        else:
            with books.lock:
                books.orders[sale.invoice] = order["number"]
                books.placed += 1
    progress.placed(1)


def _pay_back(office: Office, refund: Refund, progress: Progress) -> None:
    office.pay_back(refund)
    progress.given_back(1)


def _by_customer(sales: Iterable[Sale]) -> list[list[Sale]]:
    """Each customer's invoices in their order. Those of nobody in particular follow nothing."""
    chains: dict[str, list[Sale]] = defaultdict(list)
    for sale in sales:
        chains[sale.customer or f"nobody, {sale.invoice}"].append(sale)
    return list(chains.values())


def _by_order(refunds: Iterable[Refund]) -> list[list[Refund]]:
    chains: dict[str, list[Refund]] = defaultdict(list)
    for refund in refunds:
        chains[refund.sale.invoice].append(refund)
    return list(chains.values())


def _in_turn(pool: ThreadPoolExecutor, chains: Sequence[Sequence[T]], act: Callable[[T], None]) -> None:
    """Act on the members of each chain one after the other, on several chains at once."""

    def all_of(chain: Sequence[T]) -> None:
        for member in chain:
            act(member)

    for _ in pool.map(all_of, chains):
        pass
