"""The stage: an empty database with a small shop in it, a clock that is moved by hand, a gateway and a postbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text

from fulfillment.catalog.markets import NewMarket, add_market
from fulfillment.catalog.models import Turn, WhenShort
from fulfillment.catalog.products import NewProduct, add_products, product_ids
from fulfillment.catalog.shipping_methods import MethodPrice, NewShippingMethod, add_method
from fulfillment.catalog.warehouses import NewWarehouse, add_warehouse, warehouse_id
from fulfillment.chaos.money.books import Books
from fulfillment.chaos.money.gateway import BookedGateway
from fulfillment.db.base import Base
from fulfillment.dispatch.claims import Claim
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.notifications.mailer import Message
from fulfillment.payments.attempts.request import Asked
from fulfillment.wiring import Services

CURRENCY: Final = "GBP"
_BEGINNING: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_PERSON: Final = Cause(CauseKind.REQUEST, "chaos", "ana")
_PRODUCTS: Final = (
    NewProduct("MUG", "Mug", price=1000, currency=CURRENCY),
    NewProduct("CUP", "Cup", price=333, currency=CURRENCY),
    NewProduct("LAMP", "Lamp", price=777, currency=CURRENCY, when_short=WhenShort.DENY),
    NewProduct("SONG", "Song", price=99, currency=CURRENCY, needs_shipping=False),
)

# No foreign keys for the moment. Deleted, since to truncate so many small tables takes several times as long.
_EMPTY: Final = "; ".join(
    ["SET LOCAL session_replication_role = replica", *[f"DELETE FROM {table}" for table in Base.metadata.tables]]  # noqa: S608 - our own names only
)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = _BEGINNING

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Postbox:
    """Takes every mail: by Message-ID, since that is how a reader's program tells a repeat from a further one."""

    mails: dict[str, Message] = field(default_factory=dict)

    def send(self, messages: Sequence[Message]) -> list[str | None]:
        """Take them all."""
        self.mails |= {message.message_id: message for message in messages}
        return [None] * len(messages)


@dataclass
class Stage:
    """Everything that the rules act on; `orders` and `holds` in the order in which they were made."""

    services: Services
    clock: Clock
    gateway: BookedGateway
    postbox: Postbox
    products: dict[str, int] = field(default_factory=dict)
    warehouses: dict[str, int] = field(default_factory=dict)
    orders: list[int] = field(default_factory=list)
    holds: list[int] = field(default_factory=list)
    handed_in: list[str] = field(default_factory=list)
    handed_out: list[tuple[str, Claim]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    found_right: tuple[str, int] | None = None
    """The state in which the judge last found nothing: of the database, and how long the gateway's books were."""

    @property
    def asked(self) -> Asked:
        """A person asks, now."""
        return Asked(client_id=1, cause=_PERSON, at=self.clock())

    @property
    def cause(self) -> Cause:
        """A person's request."""
        return _PERSON

    def order(self, n: int) -> int | None:
        """The n-th latest order, if there is any."""
        return self.orders[-1 - n % len(self.orders)] if self.orders else None

    @property
    def books(self) -> Books:
        """The gateway's."""
        return self.gateway.books

    def ids(self, query: str, **parameters: Any) -> list[int]:
        """Give the first column of what a query finds."""
        with self.services.autocommit() as session:
            return list(session.execute(text(query), parameters).scalars())

    def payments(self, order_id: int | None) -> list[int]:
        """The payments of an order, in the order in which they were added."""
        return self.ids("SELECT id FROM payment WHERE order_id = :id ORDER BY position", id=order_id)

    def shipments(self, order_id: int | None, status: str) -> list[int]:
        """The shipments of an order that have this status."""
        return self.ids(
            "SELECT id FROM shipment WHERE order_id = :id AND status = :status ORDER BY id", id=order_id, status=status
        )


def set_stage(services: Services) -> Stage:
    """
    Empty the database of these services, and open a shop in it. Their gateway, clock and mailer are left unused.

    A market `UK` releases by itself and takes from the newest card first, `DE` does neither; the shelves are bare. Needs an account that may put triggers out of action.
    """
    clock = Clock()
    gateway = BookedGateway(Books(clock), lambda _luck, _request: None)
    postbox = Postbox()
    services = replace(services, clock=clock, gateway=gateway, mailer=postbox)
    stage = Stage(services, clock, gateway, postbox)
    with (
        services.statements.connect() as connection
    ):  # in one go, and where the plans of others are not thrown away by it
        connection.exec_driver_sql(_EMPTY)
    with services.transaction() as session:
        for code, automatic in (("UK", True), ("DE", False)):
            turn = Turn.NEWEST_FIRST if automatic else Turn.OLDEST_FIRST
            market = NewMarket(
                code,
                code,
                CURRENCY,
                releases_automatically=automatic,
                capture_order=turn,
                refund_order=turn,
                exchanges_goods_first=not automatic,
            )
            add_market(session, market)
        for priority, code in enumerate("AB", start=1):
            add_warehouse(session, NewWarehouse(code, code, priority))
        prices = [MethodPrice(code, 101, CURRENCY) for code in ("UK", "DE")]
        add_method(session, NewShippingMethod("post", "Post", prices))
        add_products(session, _PRODUCTS, at=clock())
    with services.transaction() as session:
        stage.products = product_ids(session, [product.sku for product in _PRODUCTS])
        stage.warehouses = {code: warehouse_id(session, code) for code in "AB"}
    return stage
