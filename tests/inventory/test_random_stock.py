"""Units under whatever is drawn: receipts, orders, picks, cancellations, transfers and counts in several warehouses."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from builders import ANA, Shop, broken, emptied, one, rows, work_off
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fulfillment.checks.documents import DOCUMENTS
from fulfillment.checks.stock import STOCK
from fulfillment.counts.approve import approve, cancel_count
from fulfillment.counts.enter import Entry, enter
from fulfillment.counts.open import open_count
from fulfillment.inbound.announce import Announcement, Expected, announce
from fulfillment.inbound.receive import receive_delivery
from fulfillment.inventory.move import Move, move_pieces
from fulfillment.inventory.on_hand import Count
from fulfillment.inventory.reasons import Reason
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.picking.close import close
from fulfillment.picking.put_back import confirm_put_back
from fulfillment.picking.short_pick import Short, ShortReason, Then, short_pick
from fulfillment.picking.unpick import Returned, unpick
from fulfillment.shipments.pick import Picked, pick
from fulfillment.shipments.write_off import adjust_by_force
from fulfillment.transfers.receive import Rest, end_transfer, receive_transfer
from fulfillment.transfers.request import request_transfer
from fulfillment.transfers.ship import ship_transfer
from fulfillment.wiring import Services

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_STOCK=300 looks for new ones.
_SEQUENCES = int(os.environ.get("RANDOM_STOCK", "3"))
_DRAWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {}
_SKUS = st.sampled_from(["MUG", "LAMP"])
_PIECES = st.integers(1, 6)
_PLACES = st.sampled_from([("A", None), ("A", "A1"), ("A", "A2"), ("B", None)])
_BINS = st.sampled_from([None, "A1", "A2"])
_WHICH = st.integers(0, 5)
_approve = partial(approve, also_own=True)
_EXTERNAL = """
SELECT p.sku, coalesce(sum(m.on_hand_change) FILTER (WHERE m.kind = 'received'), 0)::int AS received,
       coalesce(sum(m.on_hand_change) FILTER (WHERE m.kind IN ('adjusted', 'counted', 'short_picked')), 0)::int AS put_right,
       coalesce(-sum(m.on_hand_change) FILTER (WHERE m.kind = 'shipped'), 0)::int AS shipped,
       (SELECT coalesce(sum(on_hand), 0) FROM stock s WHERE s.product_id = p.id)::int AS on_hand,
       (SELECT coalesce(sum(l.shipped - l.received - l.returned - l.lost), 0) FROM transfer_line l
         WHERE l.product_id = p.id)::int AS in_transit
  FROM product p LEFT JOIN stock_movement m ON m.product_id = p.id GROUP BY p.id ORDER BY p.sku
"""


def rule(**arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Something that may happen, with what is drawn for it."""

    def known(act: Callable[..., None]) -> Callable[..., None]:
        _DRAWN[act.__name__] = st.fixed_dictionaries(arguments)
        return act

    return known


class Warehouses:
    """Two warehouses, one of them with bins, and what may happen in a day. What is refused must change nothing."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.came = {"MUG": 0, "LAMP": 0}
        self.orders: list[int] = []
        self.transfers: list[int] = []
        self.counts: list[int] = []

    def does(self, act: Callable[[Any], Any]) -> Any:
        """Do something in one transaction; None where it is refused."""
        self.shop.clock.forward(seconds=1)
        with suppress(FulfillmentError), self.shop.services.transaction() as session:
            return act(session)
        return None

    def order_with(self, status: str, which: int) -> int | None:
        """An order of which a shipment stands there."""
        query = "SELECT DISTINCT order_id FROM shipment WHERE status = :status ORDER BY 1"
        return self.one_of([order for (order,) in rows(self.shop.services, query, status=status)], which)

    def one_of(self, ids: list[int], which: int) -> int | None:
        return ids[which % len(ids)] if ids else None

    def count(self, sku: str, quantity: int, in_bin: str | None) -> Count:
        return Count(self.shop.products[sku], sku, quantity, in_bin)

    @property
    def why(self) -> dict[str, Any]:
        return {"cause": ANA, "at": self.shop.now}

    @rule(sku=_SKUS, place=_PLACES, quantity=_PIECES)
    def receives(self, sku: str, place: tuple[str, str | None], quantity: int) -> None:
        self.shop.receives(sku, quantity, at=place[0], in_bin=place[1])
        self.came[sku] += quantity

    @rule(sku=_SKUS, expected=_PIECES, quantity=_PIECES, accepts=st.sampled_from([0, 1]))
    def a_delivery_comes(self, sku: str, expected: int, quantity: int, accepts: int) -> None:
        product, place = self.shop.products[sku], self.shop.warehouses["A"]

        def come(session: Any) -> bool:
            lines = [Expected(product, sku, expected)]
            delivery = announce(session, Announcement(place, "P", "R", self.shop.now.date(), lines), **self.why)
            counts = [self.count(sku, quantity, "A2")]
            receive_delivery(session, delivery, counts, accept_differences=bool(accepts), **self.why)
            return True

        self.came[sku] += quantity if self.does(come) else 0

    @rule(sku=_SKUS, place=_PLACES, quantity=st.sampled_from([-4, -2, -1, 1, 3]))
    def is_put_right(self, sku: str, place: tuple[str, str | None], quantity: int) -> None:
        with suppress(FulfillmentError):
            self.shop.adjusts(sku, quantity, at=place[0], in_bin=place[1])

    @rule(sku=_SKUS, which=_WHICH, fewer=st.integers(0, 2))
    def is_written_off(self, sku: str, which: int, fewer: int) -> None:
        """Nearly all of a bin, whoever was promised it."""
        lying = sorted(self.shop.lies(sku).items())
        if lying:
            code, pieces = lying[which % len(lying)]
            counts = [self.count(sku, min(-1, fewer - pieces), code)]
            place = self.shop.warehouses["A"]
            self.does(lambda session: adjust_by_force(session, place, counts, reason=Reason.DAMAGED, **self.why))

    @rule(sku=_SKUS, from_bin=_BINS, to_bin=_BINS, quantity=_PIECES)
    def is_moved(self, sku: str, from_bin: str | None, to_bin: str | None, quantity: int) -> None:
        if from_bin != to_bin:
            moves = [Move(self.shop.products[sku], sku, quantity, from_bin, to_bin)]
            self.does(lambda session: move_pieces(session, self.shop.warehouses["A"], moves, **self.why))

    @rule(sku=_SKUS, quantity=_PIECES, more=_PIECES, urgent=st.sampled_from([0, 1]))
    def is_ordered(self, sku: str, quantity: int, more: int, urgent: int) -> None:
        lines = [(sku, quantity), ("MUG", more)] if more % 2 else [(sku, quantity)]
        with suppress(FulfillmentError):
            self.orders.append(self.shop.places(*lines, priority=urgent).id)
        if quantity % 2:
            self.workers_work()

    @rule()
    def workers_work(self) -> None:
        work_off(self.shop.services)

    @rule(which=_WHICH)
    def goes_to_the_floor(self, which: int) -> None:
        if (order := self.order_with("inventory_assigned", which)) is not None:
            self.shop.releases(order)
            work_off(self.shop.services)
            if self.shop.shipments(order, "released"):
                self.shop.picklists(order)
                work_off(self.shop.services)

    @rule(which=_WHICH, quantity=_PIECES)
    def is_picked(self, which: int, quantity: int) -> None:
        for picklist, line, left in self.lines_in_packing(which):
            picked = [Picked(line, min(quantity, left or quantity))]
            self.does(lambda session, to=picklist, picked=picked: pick(session, to, picked, **self.why))

    @rule(which=_WHICH, quantity=_PIECES, reason=st.sampled_from(list(ShortReason)), then=st.sampled_from(list(Then)))
    def is_short(self, which: int, quantity: int, reason: ShortReason, then: Then) -> None:
        for picklist, line, left in self.lines_in_packing(which)[:1]:
            short = Short(line, reason, min(quantity, left or quantity), then=then)
            self.does(lambda session, to=picklist, short=short: short_pick(session, to, short, **self.why))

    @rule(which=_WHICH, in_bin=_BINS)
    def is_unpicked(self, which: int, in_bin: str | None) -> None:
        for picklist, line, _ in self.lines_in_packing(which)[:1]:
            returned = [Returned(line, 1, in_bin)]
            self.does(lambda session, to=picklist, pieces=returned: unpick(session, to, pieces, **self.why))

    @rule(which=_WHICH)
    def is_closed(self, which: int) -> None:
        for picklist, _, _ in self.lines_in_packing(which)[:1]:
            self.does(lambda session, to=picklist: close(session, to, {}, **self.why))

    @rule(in_bin=_BINS)
    def is_put_back(self, in_bin: str | None) -> None:
        for (row,) in rows(
            self.shop.services, "SELECT id FROM put_back WHERE confirmed_at IS NULL ORDER BY id LIMIT 1"
        ):
            self.does(lambda session, row=row: confirm_put_back(session, row, in_bin, **self.why))

    def lines_in_packing(self, which: int) -> list[tuple[int, int, int]]:
        """(picklist, line, pieces that are not picked) of an order that is being packed."""
        query = (
            "SELECT s.picklist_id, l.id, l.quantity - l.picked FROM shipment s JOIN line_item l ON l.shipment_id = s.id"
            " WHERE s.order_id = :id AND s.status = 'packing' ORDER BY l.id"
        )
        order = self.order_with("packing", which)
        return [] if order is None else cast("list[tuple[int, int, int]]", rows(self.shop.services, query, id=order))

    @rule(which=_WHICH)
    def is_shipped(self, which: int) -> None:
        if (order := self.order_with("packing", which)) is not None:
            self.shop.completes(order)
            work_off(self.shop.services)

    @rule(which=_WHICH)
    def is_canceled(self, which: int) -> None:
        if (order := self.one_of(self.orders, which)) is not None:
            with suppress(FulfillmentError):
                self.shop.cancels(order)

    @rule(sku=_SKUS, there=st.sampled_from(["AB", "BA"]), quantity=_PIECES, in_bin=_BINS)
    def goes_to_another_warehouse(self, sku: str, there: str, quantity: int, in_bin: str | None) -> None:
        source, target = (self.shop.warehouses[code] for code in there)
        counts = [self.count(sku, quantity, in_bin if there == "AB" else None)]

        def go(session: Any) -> int:
            transfer = request_transfer(session, source, target, counts, note=None, **self.why)
            ship_transfer(session, transfer, counts, **self.why)
            return transfer

        if (transfer := self.does(go)) is not None:
            self.transfers.append(transfer)

    @rule(which=_WHICH, quantity=_PIECES)
    def comes_from_another_warehouse(self, which: int, quantity: int) -> None:
        if (transfer := self.one_of(self.transfers, which)) is not None:
            sku = one(
                self.shop.services,
                "SELECT p.sku FROM transfer_line l JOIN product p ON p.id = l.product_id WHERE l.transfer_id = :id",
                id=transfer,
            )
            counts = [self.count(sku, quantity, None)]
            self.does(lambda session: receive_transfer(session, transfer, counts, **self.why))

    @rule(which=_WHICH, rest=st.sampled_from(list(Rest)))
    def does_not_come(self, which: int, rest: Rest) -> None:
        if (transfer := self.one_of(self.transfers, which)) is not None:
            self.does(lambda session: end_transfer(session, transfer, rest, **self.why))

    @rule(sku=_SKUS, warehouse=st.sampled_from("AB"))
    def is_to_be_counted(self, sku: str, warehouse: str) -> None:
        products = {sku: self.shop.products[sku]}
        place = self.shop.warehouses[warehouse]
        if (count := self.does(lambda session: open_count(session, place, products=products, **self.why))) is not None:
            self.counts.append(count)

    @rule(which=_WHICH, wrong=st.sampled_from([-2, -1, 0, 1]), ends=st.sampled_from([_approve, _approve, cancel_count]))
    def is_counted(self, which: int, wrong: int, ends: Callable[..., Any]) -> None:
        if (count := self.one_of(self.counts, which)) is None:
            return
        query = (
            "SELECT p.id, p.sku, b.code, coalesce(s.quantity, 3) FROM count_line l JOIN product p ON p.id = l.product_id"
            " LEFT JOIN bin b ON b.id = l.bin_id"
            " LEFT JOIN bin_stock s ON s.bin_id = l.bin_id AND s.product_id = l.product_id WHERE l.count_id = :id"
        )
        entries = [
            Entry(product, sku, code, max(0, there + wrong))
            for product, sku, code, there in rows(self.shop.services, query, id=count)
        ]
        if self.does(lambda session: enter(session, count, entries, **self.why) or True):
            self.does(lambda session: ends(session, count, **self.why))

    def every_identity_holds(self) -> None:
        with self.shop.services.transaction() as session:
            for each in (*STOCK, *DOCUMENTS):
                assert (each.name, session.execute(text(each.query)).all()) == (each.name, [])
            for row in session.execute(text(_EXTERNAL)):
                assert row.received == self.came[row.sku]
                assert row.on_hand + row.in_transit == row.received + row.put_right - row.shipped


_OFTEN = ("is_ordered", "is_ordered", "workers_work", "goes_to_the_floor", "is_shipped", "is_picked")


def test_no_piece_is_lost_or_promised_twice_whatever_is_drawn(services: Services, tmp_path: Path) -> None:
    happened: set[str] = set()

    @settings(
        max_examples=_SEQUENCES,
        deadline=None,
        derandomize="RANDOM_STOCK" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(names=st.permutations([*_DRAWN, *_DRAWN, *_OFTEN, *_OFTEN, *_OFTEN]), drawn=st.data())
    def walk(names: list[str], drawn: st.DataObject) -> None:
        day = Warehouses(_opened(services, tmp_path))
        for sku in day.came:
            for place in (("A", "A1"), ("A", "A2"), ("B", None)):
                day.receives(sku, place, 5)
        for name in names:
            getattr(day, name)(**drawn.draw(_DRAWN[name]))
            day.every_identity_holds()
        work_off(day.shop.services)
        assert broken(day.shop.services) == {}
        for table in ("stock_movement", "bin_movement"):
            happened.update(f"{table} {kind}" for (kind,) in rows(day.shop.services, f"SELECT kind FROM {table}"))
        happened.update(verb for (verb,) in rows(day.shop.services, "SELECT DISTINCT verb FROM timeline"))

    walk()

    # What would make all of it mean little.
    assert happened >= {"stock_movement shipped", "stock_movement counted", "bin_movement picked"}


def _opened(services: Services, home: Path) -> Shop:
    shop = Shop(emptied(services, home)).open()
    shop.sells("MUG")
    shop.sells("LAMP", when_short="deny")
    shop.has_bins("A1", "A2")
    return shop
