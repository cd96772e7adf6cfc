"""
Whatever is edited, in whatever order, amid whatever else happens: pennies and pieces add up after every step.

One order, edits of all kinds, and between them work that is done or half done, receipts, holds, payments, captures,
cards that are refused, and at last a cancellation or shipment.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from builders import ADDRESS, ANA, Shop, broken, emptied, hasten, lease, one, rows, work_off
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, CheckoutPayment, Destination, LinePart
from fulfillment.checkout.place import place
from fulfillment.dispatch.sets import into_sets
from fulfillment.editing.edit import edit
from fulfillment.editing.wanted import (
    Edit,
    FormEdit,
    LineEdit,
    MethodChange,
    NewDestination,
    NewLine,
    Share,
    ShipmentEdit,
)
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.wiring import Services
from fulfillment.workflow.run import run_step

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_EDITS=2000 looks for new ones.
_SEQUENCES = int(os.environ.get("RANDOM_EDITS", "15"))
_TOWNS = ("Leith", "Hull", "York")

skus = st.sampled_from(("MUG", "CUP", "LAMP"))
which = st.integers(0, 5)
few = st.integers(1, 4)
pennies = st.integers(0, 1500)
maybe = st.none() | pennies

line_edits = st.fixed_dictionaries(
    {}, optional={"quantity": few, "price": pennies, "discount": pennies, "tax": st.integers(0, 99)}
)
edits = st.one_of(
    st.tuples(st.just("line"), which, line_edits),
    st.tuples(st.just("line"), which, line_edits),
    st.tuples(st.just("add"), skus, few, maybe, st.booleans()),
    st.tuples(st.just("remove"), which),
    st.tuples(st.just("split"), which, st.sampled_from((None, "hull", "york")), which),
    st.tuples(st.just("method"), st.lists(which, max_size=2), st.sampled_from(("post", "express")), pennies),
    st.tuples(st.just("address"), which, st.sampled_from(_TOWNS)),
    st.tuples(st.just("discounts"), maybe, maybe, maybe),
)
events = st.one_of(
    st.tuples(st.just("work"), st.integers(1, 6)),
    st.tuples(st.just("receive"), skus, few, st.sampled_from("AB")),
    st.just(("rival",)),
    st.just(("hold",)),
    st.just(("let_go",)),
    st.just(("release",)),
    st.just(("picklist",)),
    st.just(("pay",)),
    st.tuples(st.just("capture"), maybe),
    st.tuples(st.just("refund"), maybe),
    st.tuples(st.just("luck"), st.sampled_from(("refuse", "cut before", "cut after"))),
    st.just(("hasten",)),
)
# Chance alone seldom brings an order far: a day begins with one on its way, and work is done between most edits.
mornings = st.sampled_from(("placed", "worked", "released", "captured"))
steps = st.lists(st.tuples(st.one_of(edits, edits, events), st.booleans()), min_size=4, max_size=16)
endings = st.sampled_from(("cancel", "ship", "rest"))
parts = st.sampled_from(("whole", "split", "forms", "songs"))
payments = st.sampled_from((("tok_ok",), ("tok_ok",), ("tok_ok", 1000), ("tok_declined",), ()))


@dataclass
class Desk:
    """Somebody who edits one order; a refusal that an edge would tell the caller is fine, anything else is not."""

    shop: Shop
    order: int = 0
    holds: list[int] = field(default_factory=list)

    def open(self, made_of: str, paid: tuple[Any, ...], market: str) -> None:
        self.shop.sells("MUG", A=4, B=5)
        self.shop.sells("CUP", price=333, A=4, B=5)
        self.shop.sells("LAMP", price=777, when_short="deny", A=4, B=1)
        self.shop.sells("SONG", price=99, needs_shipping=False)
        destinations = [Destination(ADDRESS, "post", 300)]
        forms = [CheckoutForm(discount=7)]
        lines = [CheckoutLine("MUG", 2, discount=33, tax=41, position=1), CheckoutLine("CUP", 3, tax=10, position=2)]
        if made_of == "split":
            destinations += [Destination({**ADDRESS, "city": "Hull"}, "courier", 701, key="hull")]
            lines[0] = CheckoutLine("MUG", 3, discount=50, parts=[LinePart(1), LinePart(2, "hull")], position=1)
        if made_of == "forms":
            forms += [CheckoutForm(name="Lab", discount=11, key="lab")]
            lines += [CheckoutLine("LAMP", 1, form="lab", position=3)]
        if made_of == "songs":
            lines += [CheckoutLine("SONG", 1, position=3)]
        checkout = Checkout(
            market=market,
            lines=lines,
            payments=self._payments(paid),
            forms=forms,
            destinations=destinations,
            customer_email="bo@example.org",
            discount=101,
            tax=59,
        )
        with self.shop.services.transaction() as session:
            placed = place(session, checkout, storefront_id=1, cause=ANA, at=self.shop.now)
        assert placed is not None
        self.order = placed.id

    def begins(self, morning: str) -> None:
        """Bring the order some way before anybody edits it."""
        if morning != "placed":
            work_off(self.shop.services)
        if morning == "released":
            self.does(("release",))
        if morning == "captured":
            self.does(("capture", None))
        if morning in ("released", "captured"):
            work_off(self.shop.services)

    def does(self, action: tuple[Any, ...]) -> None:
        name, *rest = action
        with suppress(FulfillmentError):
            getattr(self, name)(*rest)

    def edits(self, **wanted: Any) -> None:
        with self.shop.services.transaction() as session:
            edit(session, self.order, Edit(**wanted), cause=ANA, at=self.shop.now)

    def line(self, n: int, wanted: dict[str, Any]) -> None:
        self.edits(lines=[LineEdit(self._line(n), **wanted)])

    def add(self, sku: str, quantity: int, price: int | None, elsewhere: bool) -> None:  # noqa: FBT001 - drawn
        key = "new" if elsewhere else None
        destination = NewDestination("new", {**ADDRESS, "city": "York"}, "post", 250)
        self.edits(
            added=[NewLine(sku, quantity, price, destination=key)], destinations=[destination] if elsewhere else []
        )

    def remove(self, n: int) -> None:
        self.edits(removed=[self._line(n)])

    def split(self, n: int, key: str | None, m: int) -> None:
        line = self._line(n)
        quantity = one(self.shop.services, "SELECT quantity FROM line_item WHERE id = :id", id=line)
        place = {"destination": key} if key else {"shipment_id": self._shipment(m)}
        if quantity > 1:
            destinations = [NewDestination(key, {**ADDRESS, "city": key.capitalize()}, "post", 99)] if key else []
            shares = [Share(quantity - 1), Share(1, **place)]
            self.edits(lines=[LineEdit(line, split=shares)], destinations=destinations)

    def method(self, which_lines: list[int], method: str, price: int) -> None:
        self.edits(methods=[MethodChange(method, sorted({self._line(n) for n in which_lines}), price)])

    def address(self, n: int, town: str) -> None:
        self.edits(shipments=[ShipmentEdit(self._shipment(n), {**ADDRESS, "city": town})])

    def discounts(self, order: int | None, form: int | None, tax: int | None) -> None:
        form_id = one(self.shop.services, "SELECT min(id) FROM order_form WHERE order_id = :id", id=self.order)
        self.edits(discount=order, tax=tax, forms=[FormEdit(form_id, discount=form)])

    def work(self, most: int) -> None:
        for step, claims in into_sets(lease(self.shop.services, most=most)):
            run_step(self.shop.services, step, claims)

    def receive(self, sku: str, quantity: int, warehouse: str) -> None:
        self.shop.receives(sku, quantity, at=warehouse)

    def rival(self) -> None:
        self.shop.places(("MUG", 2), ("CUP", 1))

    def hold(self) -> None:
        self.holds.append(self.shop.holds(self.order))

    def let_go(self) -> None:
        if self.holds:
            self.shop.lets_go(self.holds.pop())

    def release(self) -> None:
        self.shop.releases(self.order)

    def picklist(self) -> None:
        warehouses = rows(
            self.shop.services,
            "SELECT DISTINCT warehouse_id FROM shipment WHERE order_id = :id AND status = 'released'",
            id=self.order,
        )
        if len(warehouses) == 1:
            self.shop.picklists(self.order)

    def pay(self) -> None:
        self.shop.adds_payment(self.order, token=None)

    def capture(self, amount: int | None) -> None:
        for payment in self.shop.payments(self.order):
            with suppress(FulfillmentError):
                self.shop.captures(payment, amount)

    def refund(self, amount: int | None) -> None:
        for payment in self.shop.payments(self.order):
            with suppress(FulfillmentError):
                self.shop.refunds(payment, amount)

    def luck(self, word: str) -> None:
        self.shop.gateway.will(word)

    def hasten(self) -> None:
        hasten(self.shop.services)

    def comes_to_rest(self) -> None:
        self.shop.gateway.script.clear()
        for _ in range(4):
            self.hasten()
            work_off(self.shop.services)

    def ends(self, ending: str) -> None:
        while self.holds:
            self.let_go()
        if ending == "cancel":
            self.does(("_cancel",))
        if ending == "ship":
            self._ship()
        self.comes_to_rest()

    def _cancel(self) -> None:
        self.shop.cancels(self.order)

    def _ship(self) -> None:
        """Pay for it, give it what it lacks, and bring it to the door."""
        self.comes_to_rest()
        self.does(("pay",))
        for sku in ("MUG", "CUP", "LAMP"):
            self.receive(sku, 30, "A")
            self.receive(sku, 30, "B")
        work_off(self.shop.services)
        self.shop.releases(self.order)
        work_off(self.shop.services)
        for warehouse_id in self.shop.warehouses.values():
            found = rows(
                self.shop.services,
                "SELECT id FROM shipment WHERE order_id = :id AND status = 'released' AND warehouse_id = :warehouse",
                id=self.order,
                warehouse=warehouse_id,
            )
            if found:
                self._packs([shipment for (shipment,) in found])
        work_off(self.shop.services)
        self.shop.completes(self.order)

    def _packs(self, shipments: list[int]) -> None:
        from fulfillment.shipments.picklist import request_picklist

        with self.shop.services.transaction() as session:
            request_picklist(session, shipments, client_id=1, cause=ANA, at=self.shop.now)

    def _payments(self, paid: tuple[Any, ...]) -> list[CheckoutPayment]:
        return [CheckoutPayment(*paid)] if paid else []

    def _line(self, n: int) -> int:
        found = rows(self.shop.services, "SELECT id FROM line_item WHERE order_id = :id ORDER BY id", id=self.order)
        return int(found[n % len(found)][0])

    def _shipment(self, n: int) -> int:
        found = self.shop.shipments(self.order)
        return found[n % len(found)]


@settings(
    max_examples=_SEQUENCES,
    deadline=None,
    derandomize="RANDOM_EDITS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(parts, payments, st.sampled_from(("UK", "DE")), mornings, steps, endings)
def test_pennies_and_pieces_add_up_whatever_is_edited_and_whenever(
    services: Services,
    made_of: str,
    paid: tuple[Any, ...],
    market: str,
    morning: str,
    sequence: list[tuple[tuple[Any, ...], bool]],
    ending: str,
) -> None:
    services = emptied(services, services.settings.home)
    desk = Desk(Shop(services).open())
    desk.open(made_of, paid, market)
    desk.begins(morning)
    for action, works_off in sequence:
        desk.does(action)
        assert broken(services) == {}, action
        if works_off:
            work_off(services)
            assert broken(services) == {}, (action, "worked off")

    desk.ends(ending)

    assert broken(services) == {}
