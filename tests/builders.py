"""Setup in the words of the field: a shop with goods, orders at any point of their way, and hands that work them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import psycopg
from fakes.carrier import ScriptedCarrier
from fakes.clock import SettableClock
from fakes.gateway import ScriptedGateway
from fakes.receiver import ScriptedReceivers
from sqlalchemy import text

from fulfillment.carts.convert import convert
from fulfillment.carts.create import create
from fulfillment.carts.models import CartKind
from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, CheckoutPayment, Destination
from fulfillment.checkout.place import place
from fulfillment.checkout.placed import Placed
from fulfillment.checks.check import check
from fulfillment.db.base import Base
from fulfillment.dispatch.claims import Claim, Leased, lease_due
from fulfillment.dispatch.sets import into_sets
from fulfillment.drafts.begin import begin
from fulfillment.inventory.bins import NewBin, add_bins
from fulfillment.inventory.on_hand import Count
from fulfillment.inventory.reasons import Reason
from fulfillment.inventory.receive import adjust, receive
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.notifications.mail_url import make_mailer
from fulfillment.notifications.outbox import mails_in
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.hold import hold, release_hold
from fulfillment.payments.adding.add import add_payment
from fulfillment.payments.amounts.pieces import RefundedLine
from fulfillment.payments.attempts.request import (
    Asked,
    RefundWanted,
    request_capture,
    request_refund,
    request_void,
)
from fulfillment.payments.models import Method
from fulfillment.payments.queries import order_of_payment
from fulfillment.shipments.picklist import request_picklist
from fulfillment.timeline.listeners import nobody_listens
from fulfillment.timeline.request import request_steps
from fulfillment.wiring import Services
from fulfillment.workflow.run import run_step

ANA = Cause(CauseKind.REQUEST, "request-1", "ana")
ADDRESS = {"name": "Bo Lind", "line1": "2 Quay", "city": "Leith", "country": "GB"}
EMAIL = "bo@example.org"
_MOST_ROUNDS = 200


def work_off(services: Services, *, only: str | None = None, most_rounds: int = _MOST_ROUNDS) -> int:
    """Lease and run all due rows in this process until none is due; give how many hand-outs that took."""
    handed_out = 0
    for _ in range(most_rounds):
        leased = lease(services, only=only)
        if not leased:
            return handed_out
        handed_out += len(leased)
        for step, claims in into_sets(leased):
            run_step(services, step, claims)
    raise AssertionError(f"still due after {most_rounds} rounds")


def lease(services: Services, *, only: str | None = None, most: int = 500) -> list[Leased]:
    """Hand out due rows as the relay does; `only` those whose step begins with this."""
    others = [] if only is None else [step for step in _steps() if not step.startswith(only)]
    with services.transaction() as session:
        return lease_due(session, most=most, lease_seconds=600, leaving_out=others)


def _steps() -> Sequence[str]:
    from fulfillment.process import STEPS

    return list(STEPS)


def hasten(services: Services) -> None:
    """Let time pass for the dispatch rows: whatever was put off, or handed out and lost, is due."""
    with services.transaction() as session:
        session.execute(text("UPDATE dispatch SET due_at = now() - interval '1 second' WHERE NOT dead"))


def rows(services: Services, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with services.transaction() as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


def one(services: Services, query: str, **parameters: Any) -> Any:
    [row] = rows(services, query, **parameters)
    return row[0] if len(row) == 1 else row


def broken(services: Services) -> dict[str, list[dict[str, Any]]]:
    """The invariants that do not hold, with the rows that break them."""
    return {
        found.invariant.name: [dict(row) for row in found.rows] for found in check(services.engine) if not found.holds
    }


@dataclass
class Shop:
    """A shop: a market `UK` that releases by itself, `DE` that does not, warehouses `A` before `B`."""

    services: Services
    warehouses: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)

    @property
    def clock(self) -> SettableClock:
        return cast("SettableClock", self.services.clock)

    @property
    def gateway(self) -> ScriptedGateway:
        return cast("ScriptedGateway", self.services.gateway)

    @property
    def carrier(self) -> ScriptedCarrier:
        return cast("ScriptedCarrier", self.services.carriers["simulated"])

    @property
    def now(self) -> datetime:
        return self.services.clock()

    def open(self) -> Shop:
        with self.services.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO market (code, name, currency, releases_automatically)"
                    " VALUES ('UK', 'Store', 'GBP', true), ('DE', 'Laden', 'GBP', false)"
                )
            )
            found = session.execute(
                text(
                    "INSERT INTO warehouse (code, name, priority) VALUES ('A', 'Leith', 1), ('B', 'Hull', 2)"
                    " RETURNING code, id"
                )
            )
            self.warehouses = {row.code: row.id for row in found}
        return self

    def sells(
        self, sku: str, *, price: int = 1000, when_short: str = "backorder", needs_shipping: bool = True, **stock: int
    ) -> int:
        """Add a product, with pieces per warehouse."""
        with self.services.transaction() as session:
            self.products[sku] = session.execute(
                text(
                    "INSERT INTO product (sku, name, price, currency, when_short, needs_shipping, created_at)"
                    " VALUES (:sku, :sku, :price, 'GBP', :when_short, :needs_shipping, :at) RETURNING id"
                ),
                {
                    "sku": sku,
                    "price": price,
                    "when_short": when_short,
                    "needs_shipping": needs_shipping,
                    "at": self.now,
                },
            ).scalar_one()
        for warehouse, quantity in stock.items():
            self.receives(sku, quantity, at=warehouse)
        work_off(self.services, only="inventory.assign_waiting")
        return self.products[sku]

    def receives(self, sku: str, quantity: int, *, at: str = "A", in_bin: str | None = None) -> None:
        count = Count(self.products[sku], sku, quantity, in_bin)
        with self.services.transaction() as session:
            receive(session, self.warehouses[at], [count], cause=ANA, at=self.now)

    def adjusts(self, sku: str, quantity: int, *, at: str = "A", in_bin: str | None = None) -> None:
        count = Count(self.products[sku], sku, quantity, in_bin)
        with self.services.transaction() as session:
            adjust(session, self.warehouses[at], [count], reason=Reason.COUNT, cause=ANA, at=self.now)

    def has_bins(self, *codes: str, at: str = "A") -> None:
        """Add bins, to be walked in this order."""
        with self.services.transaction() as session:
            add_bins(session, self.warehouses[at], [NewBin(code, n) for n, code in enumerate(codes, start=1)])

    def lies(self, sku: str, at: str = "A") -> dict[str, int]:
        """What lies in which bin."""
        query = (
            "SELECT b.code, s.quantity FROM bin_stock s JOIN bin b ON b.id = s.bin_id"
            " WHERE s.product_id = :product AND b.warehouse_id = :warehouse AND s.quantity > 0 ORDER BY b.position"
        )
        return dict(rows(self.services, query, product=self.products[sku], warehouse=self.warehouses[at]))

    def places(
        self,
        *lines: tuple[str, int] | CheckoutLine,
        market: str = "DE",
        tokens: Sequence[str | CheckoutPayment] = ("tok_ok",),
        email: str | None = EMAIL,
        ship_to: dict[str, Any] | None = None,
        bill_to: dict[str, Any] | None = None,
        shipping_method: str | None = None,
        shipping: int = 0,
        cause: Cause = ANA,
        **more: Any,
    ) -> Placed:
        """Place a checkout; `more` are further fields of it."""
        checkout = Checkout(
            market=market,
            lines=[line if isinstance(line, CheckoutLine) else CheckoutLine(*line) for line in lines],
            payments=[each if isinstance(each, CheckoutPayment) else CheckoutPayment(each) for each in tokens],
            customer_email=email,
            customer_name="Bo Lind",
            destinations=[Destination(ADDRESS if ship_to is None else ship_to, shipping_method, shipping)],
            forms=[CheckoutForm(bill_to=bill_to)],
            **more,
        )
        with self.services.transaction() as session:
            placed = place(session, checkout, storefront_id=1, cause=cause, at=self.now)
        assert placed is not None
        return placed

    def enters(self, *lines: tuple[str, int] | CheckoutLine, market: str = "DE", **more: Any) -> int:
        """Begin a draft, as customer service does; `more` are further fields of it. Give the order."""
        checkout = Checkout(
            market=market,
            lines=[line if isinstance(line, CheckoutLine) else CheckoutLine(*line) for line in lines],
            customer_email=EMAIL,
            customer_name="Bo Lind",
            **{"destinations": [Destination(ADDRESS)], **more},
        )
        with self.services.transaction() as session:
            return begin(session, checkout, cause=ANA, at=self.now)

    def collects(self, *lines: tuple[str, int], kind: CartKind = CartKind.CART, market: str = "DE", **more: Any) -> int:
        """Begin a cart; give it. `more` are further fields of its content."""
        content = Checkout(
            market=market,
            lines=[CheckoutLine(*line) for line in lines],
            customer_email=EMAIL,
            customer_name="Bo Lind",
            **{"destinations": [Destination(ADDRESS)], **more},
        )
        with self.services.transaction() as session:
            return create(session, content, kind=kind, storefront_id=None, cause=ANA, at=self.now)

    def converts(self, cart_id: int, *, tokens: Sequence[str] = ()) -> Placed:
        """Make an order of a cart."""
        payments = [CheckoutPayment(token) for token in tokens]
        with self.services.transaction() as session:
            return convert(session, cart_id, payments=payments, storefront_id=None, cause=ANA, at=self.now)

    def up_to(self, state: str, *lines: tuple[str, int] | CheckoutLine, **more: Any) -> Placed:
        """Place an order and bring its shipments up to a state: assigned, released, packing or shipped."""
        placed = self.places(*lines, **more)
        work_off(self.services)
        self.brings(placed.id, state)
        return placed

    def brings(self, order_id: int, state: str) -> None:
        """Bring the shipments of an order up to a state."""
        way = ["assigned", "released", "packing", "shipped"]
        for reached in way[1 : way.index(state) + 1]:
            {"released": self.releases, "packing": self.picklists, "shipped": self.completes}[reached](order_id)
            work_off(self.services)

    def shipments(self, order_id: int, *statuses: str) -> list[int]:
        found = rows(
            self.services,
            "SELECT id FROM shipment WHERE order_id = :id AND (status = ANY (:statuses) OR cardinality(:statuses) = 0)"
            " ORDER BY char_length(number), number",
            id=order_id,
            statuses=list(statuses),
        )
        return [shipment_id for (shipment_id,) in found]

    def asks(self, event: str, order_id: int, shipment_ids: Sequence[int], **argument: Any) -> int:
        """Ask for a step on some shipments of an order; give the operation."""
        with self.services.transaction() as session:
            return request_steps(
                session,
                event,
                [(shipment_id, order_id) for shipment_id in shipment_ids],
                kind=event.split(".", maxsplit=1)[0],
                client_id=1,
                cause=ANA,
                at=self.now,
                argument=argument or None,
            )

    def releases(self, order_id: int) -> int:
        return self.asks("release.requested", order_id, self.shipments(order_id, "inventory_assigned"))

    def picklists(self, *order_ids: int) -> tuple[int, int]:
        """Open a picklist for all released shipments of some orders; give it and its operation."""
        shipment_ids = [each for order_id in order_ids for each in self.shipments(order_id, "released")]
        with self.services.transaction() as session:
            return request_picklist(session, shipment_ids, client_id=1, cause=ANA, at=self.now)

    def completes(self, order_id: int, *, confirm_all: bool = True, **argument: Any) -> int:
        """Ask for the shipments that are packing to be completed."""
        shipment_ids = self.shipments(order_id, "packing")
        return self.asks("completion.requested", order_id, shipment_ids, confirm_all=confirm_all, **argument)

    def holds(self, order_id: int, reason: str = "verify order") -> int:
        with self.services.transaction() as session:
            return hold(session, order_id, reason=reason, note=None, cause=ANA, at=self.now)

    def lets_go(self, hold_id: int, *, then_cancel: bool = False) -> None:
        with self.services.transaction() as session:
            release_hold(
                session,
                hold_id,
                cause=ANA,
                at=self.now,
                then="cancel" if then_cancel else None,
                cancellation=Cancellation("fraud", notify_customer=False) if then_cancel else None,
            )

    def cancels(self, order_id: int, *, notify_customer: bool = True) -> None:
        with self.services.transaction() as session:
            cancellation = Cancellation("changed their mind", notify_customer=notify_customer)
            cancel(session, order_id, cancellation, cause=ANA, at=self.now)

    def adds_payment(self, order_id: int, *, token: str | None = "tok_ok", amount: int | None = None) -> int:
        """Add a card, or money received by hand where there is no token; give the payment."""
        method = Method.CARD if token else Method.MANUAL
        with self.services.transaction() as session:
            return add_payment(session, order_id, method=method, token=token, amount=amount, asked=self.asked)[0]

    def captures(self, payment_id: int, amount: int | None = None) -> int:
        with self.services.transaction() as session:
            order_id = order_of_payment(session, payment_id)
            requested = request_capture(session, order_id, amount=amount, payments=[payment_id], asked=self.asked)
            return requested.attempt_ids[0]

    def refunds(self, payment_id: int, amount: int | None = None, *, lines: Sequence[tuple[int, int]] = ()) -> int:
        with self.services.transaction() as session:
            wanted = RefundWanted("damaged", amount, [RefundedLine(*line) for line in lines])
            order_id = order_of_payment(session, payment_id)
            return request_refund(session, order_id, wanted, payments=[payment_id], asked=self.asked).attempt_ids[0]

    def voids(self, payment_id: int) -> int:
        with self.services.transaction() as session:
            return request_void(session, payment_id, asked=self.asked).attempt_ids[0]

    @property
    def asked(self) -> Asked:
        return Asked(client_id=1, cause=ANA, at=self.now)

    def payments(self, order_id: int) -> list[int]:
        found = rows(self.services, "SELECT id FROM payment WHERE order_id = :id ORDER BY position", id=order_id)
        return [payment_id for (payment_id,) in found]

    def order(self, order_id: int) -> tuple[str, str]:
        """(status, payment status)"""
        return cast(
            "tuple[str, str]",
            one(self.services, "SELECT status, payment_status FROM purchase_order WHERE id = :id", id=order_id),
        )

    def money(self, order_id: int) -> dict[str, int]:
        names = ("open_authorized", "captured", "manual", "refunded")
        found = one(self.services, f"SELECT {', '.join(names)} FROM purchase_order WHERE id = :id", id=order_id)
        return dict(zip(names, found, strict=True))

    def statuses(self, order_id: int) -> list[str]:
        found = rows(
            self.services,
            "SELECT status FROM shipment WHERE order_id = :id ORDER BY char_length(number), number",
            id=order_id,
        )
        return [status for (status,) in found]

    def stock(self, sku: str, at: str = "A") -> tuple[int, int]:
        """(on hand, allocated)"""
        return cast(
            "tuple[int, int]",
            one(
                self.services,
                "SELECT on_hand, allocated FROM stock WHERE product_id = :product AND warehouse_id = :warehouse",
                product=self.products[sku],
                warehouse=self.warehouses[at],
            ),
        )

    def dispatched(self) -> list[tuple[str, bool]]:
        """(step, dead) of every row there is."""
        return cast("list[tuple[str, bool]]", rows(self.services, "SELECT step, dead FROM dispatch ORDER BY id"))

    def problems(self, operation_id: int) -> list[str]:
        """The guards that refused jobs of an operation."""
        found = one(self.services, "SELECT problems FROM operation WHERE id = :id", id=operation_id)
        return [problem["guard"] for problem in found]

    def mails(self) -> list[str]:
        """The subjects of the mails in the outbox folder, sorted."""
        import email.policy

        folder = self.services.settings.outbox
        return sorted(
            email.message_from_bytes(mail, policy=email.policy.default)["Subject"] for mail in mails_in(folder)
        )


def emptied(worn: Services, home: Path) -> Services:
    """The parts on their database without a row in it: a scripted gateway, a clock that stands, an outbox in `home`."""
    # In one message, and past what keeps prepared statements: these would drive out all that the product says over and over.
    deletions = "; ".join(f"DELETE FROM {table}" for table in Base.metadata.tables)
    with worn.transaction() as session:
        driver = session.connection().connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        # No foreign keys for the moment.
        driver.execute(f"SET LOCAL session_replication_role = replica; {deletions}", prepare=False)
    settings = worn.settings.model_copy(update={"fulfillment_home": home})
    mailer = make_mailer("", settings.mail_from, settings.outbox)
    clock = SettableClock()
    others = {
        "gateway": ScriptedGateway(clock=clock),
        "carriers": {"simulated": ScriptedCarrier()},
        "outward": ScriptedReceivers(),
    }
    nobody_listens()
    return replace(worn, settings=settings, mailer=mailer, clock=clock, **others)


def duplicated(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims for _ in range(2)]
