"""Units and cents under whatever is drawn: returns asked for, received, decided about, completed and canceled in any order."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from builders import ANA, Shop, broken, emptied, one, rows, work_off
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fulfillment.checks.money import MONEY
from fulfillment.checks.returns import RETURNS
from fulfillment.checks.stock import STOCK
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, authorize_return
from fulfillment.returns.complete import Completion, complete_return
from fulfillment.returns.decide import Decision, decide_pieces
from fulfillment.returns.give_up import cancel_return
from fulfillment.returns.receive import Arrived, receive_return
from fulfillment.returns.states import Condition, Disposition, ReturnReason
from fulfillment.wiring import Services
from fulfillment.workflow.sweeps import run_sweep

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_RETURNS=300 looks for new ones.
_SEQUENCES = int(os.environ.get("RANDOM_RETURNS", "2"))
_DRAWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {}
_SKUS = st.sampled_from(["MUG", "MUG", "CUP"])
_PIECES = st.integers(1, 4)
_WHICH = st.integers(0, 5)
_PLACES = st.sampled_from("AAB")
_OPEN = "SELECT id FROM return_order WHERE status IN ('authorized', 'receiving') ORDER BY created_at, number"
_IN_THE_BOOKS = """
SELECT p.sku, coalesce((SELECT sum(on_hand) FROM stock s WHERE s.product_id = p.id), 0)::int AS on_hand,
       coalesce((SELECT sum(restocked) FROM return_line r WHERE r.product_id = p.id), 0)::int AS restocked,
       coalesce((SELECT sum(r.received - r.refused) FROM return_line r WHERE r.product_id = p.id), 0)::int AS accepted
  FROM product p ORDER BY p.sku
"""


def rule(**arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Something that may happen, with what is drawn for it."""

    def known(act: Callable[..., None]) -> Callable[..., None]:
        _DRAWN[act.__name__] = st.fixed_dictionaries(arguments)
        return act

    return known


class Desk:
    """Two orders at their customers, and what may happen to what they send back. What is refused must change nothing."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.scans = 0
        self.orders = [
            shop.up_to("shipped", ("MUG", 3), ("CUP", 2), shipping=301, tax=59).id,
            shop.up_to("shipped", ("MUG", 2), shipping=7).id,
        ]
        self.left = {"MUG": 5, "CUP": 8}  # Ten of each were there.

    def does(self, act: Callable[[Any], Any]) -> None:
        """Do something in one transaction, unless it is refused."""
        self.shop.clock.forward(seconds=1)
        with suppress(FulfillmentError), self.shop.services.transaction() as session:
            act(session)

    def open_return(self, which: int) -> int | None:
        found = rows(self.shop.services, _OPEN)
        return found[which % len(found)][0] if found else None

    @property
    def why(self) -> dict[str, Any]:
        return {"cause": ANA, "at": self.shop.now}

    @rule(which=_WHICH, sku=_SKUS, quantity=_PIECES, reason=st.sampled_from([ReturnReason.DAMAGED, ReturnReason.OTHER]))
    def asks(self, which: int, sku: str, quantity: int, reason: ReturnReason) -> None:
        order = self.orders[which % len(self.orders)]
        query = "SELECT id FROM line_item WHERE order_id = :id ORDER BY (sku = :sku) DESC LIMIT 1"
        line = one(self.shop.services, query, id=order, sku=sku)
        wanted = ReturnWanted([PiecesBack(line, quantity, reason)], notify_customer=False)
        self.does(lambda session: authorize_return(session, order, wanted, **self.why))

    @rule(which=_WHICH, sku=_SKUS, quantity=_PIECES, place=_PLACES, becomes=st.sampled_from([None, *Disposition]))
    def receives(self, which: int, sku: str, quantity: int, place: str, becomes: Disposition | None) -> None:
        if (back := self.open_return(which)) is not None:
            self.scans += 1
            where = self.shop.warehouses[place]
            arrived = Arrived(f"s{self.scans}", sku, quantity, where, Condition.OPENED, becomes)
            self.does(lambda session: receive_return(session, back, arrived, **self.why))

    @rule(which=_WHICH, sku=_SKUS, quantity=_PIECES, place=_PLACES, becomes=st.sampled_from(list(Disposition)))
    def decides(self, which: int, sku: str, quantity: int, place: str, becomes: Disposition) -> None:
        if (back := self.open_return(which)) is not None:
            self.scans += 1
            decision = Decision(f"s{self.scans}", sku, quantity, self.shop.warehouses[place], becomes)
            self.does(lambda session: decide_pieces(session, back, decision, **self.why))

    @rule(which=_WHICH, without_rest=st.booleans(), amount=st.sampled_from([None, None, None, 0, 250]))
    def completes(self, which: int, *, without_rest: bool, amount: int | None) -> None:
        if (back := self.open_return(which)) is not None:
            completion = Completion(notify_customer=False, amount=amount, without_rest=without_rest)
            self.does(lambda session: complete_return(session, back, completion, asked=self.shop.asked))

    @rule(which=_WHICH)
    def cancels(self, which: int) -> None:
        if (back := self.open_return(which)) is not None:
            self.does(lambda session: cancel_return(session, back, reason="x", notify_customer=False, **self.why))

    @rule(days=st.sampled_from([1, 9]))
    def time_passes(self, days: int) -> None:
        self.shop.clock.forward(days=days)
        run_sweep(self.shop.services, "sweeps.tend_returns")

    @rule()
    def workers_work(self) -> None:
        work_off(self.shop.services)

    def every_identity_holds(self) -> None:
        with self.shop.services.transaction() as session:
            for each in (*STOCK, *RETURNS, *MONEY):
                assert (each.name, session.execute(text(each.query)).all()) == (each.name, [])
            for row in session.execute(text(_IN_THE_BOOKS)):
                assert row.on_hand == self.left[row.sku] + row.restocked
                assert row.accepted <= 10 - self.left[row.sku]

    def every_cent_is_there(self) -> None:
        """At rest: what the returns say was paid back is what went back, and no more than was paid."""
        said = "SELECT coalesce(sum(refund), 0)::int FROM return_order"
        went = "SELECT sum(refunded)::int, sum(captured)::int, sum(returned)::int FROM purchase_order"
        refunded, captured, returned = one(self.shop.services, went)
        assert one(self.shop.services, said) == refunded == returned <= captured


_OFTEN = ("asks", "receives", "receives", "decides", "completes", "completes")


def test_no_piece_and_no_cent_is_lost_whatever_comes_back(services: Services, tmp_path: Path) -> None:
    happened: set[str] = set()

    @settings(
        max_examples=_SEQUENCES,
        deadline=None,
        derandomize="RANDOM_RETURNS" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(names=st.permutations([*_DRAWN, *_DRAWN, *_OFTEN]), drawn=st.data())
    def walk(names: list[str], drawn: st.DataObject) -> None:
        shop = Shop(emptied(services, tmp_path)).open()
        shop.sells("MUG", A=10)
        shop.sells("CUP", price=333, A=10)
        desk = Desk(shop)
        desk.asks(0, "MUG", 2, ReturnReason.OTHER)
        for name in names:
            getattr(desk, name)(**drawn.draw(_DRAWN[name]))
            desk.every_identity_holds()
        work_off(shop.services)
        desk.every_cent_is_there()
        assert broken(shop.services) == {}
        happened.update(kind for (kind,) in rows(shop.services, "SELECT kind FROM return_movement"))
        happened.update(verb for (verb,) in rows(shop.services, "SELECT verb FROM timeline WHERE subject = 'return'"))

    walk()

    # What would make all of it mean little.
    assert happened >= {"restocked", "refused", "complete_return"}
