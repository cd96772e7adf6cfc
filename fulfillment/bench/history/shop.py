"""A shop whose day is walked through in this process, by a clock of its own: what the history is repeated from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text

from fulfillment.dispatch.claims import lease_due
from fulfillment.dispatch.sets import into_sets
from fulfillment.inventory.on_hand import Count
from fulfillment.inventory.receive import receive
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.payments.attempts.request import Asked
from fulfillment.wiring import Services
from fulfillment.workflow.run import run_step

YEAR: Final = 1999
"""Every time of the sample lies in it, and nothing else does: times are found by it wherever they stand."""

SKU: Final = "QSKU{:04}Q"
NAME: Final = "QITEM{:04}Q"
PERSON: Final = "QPERSON{:04}Q"
EMAIL: Final = "qmail{:04}q@example.com"
"""What stands for a product and for a customer in the sample: found again wherever it was copied to."""

MARKETS: Final = {"UK": "GBP", "IE": "EUR", "DE": "EUR", "FR": "EUR", "US": "USD", "NO": "NOK"}
STOREFRONTS: Final = ("Web shop", "App", "Marketplace")
WAREHOUSES: Final = {"NORTH": 1, "SOUTH": 2}
CUSTOMER: Final = Cause(CauseKind.REQUEST, "request", "storefront")

_PATIENCE: Final = 30 * 86_400  # an order that nobody paid is left as it is for so many seconds
_PIECES: Final = 1000
_MOST_AT_ONCE: Final = 500
_LEASE_SECONDS: Final = 600


@dataclass(slots=True)
class SampleClock:
    """Moved by whoever walks through the day."""

    now: datetime = datetime(YEAR, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass(slots=True)
class SampleShop:
    """An open shop. Each product is sold in one order only, so that each order can later be of other products."""

    services: Services
    clock: SampleClock
    storefronts: list[int] = field(default_factory=list)
    warehouses: list[int] = field(default_factory=list)
    products: int = 0

    def open(self) -> SampleShop:
        """Make markets, storefronts and warehouses."""
        self._insert(
            "INSERT INTO market (code, name, currency, unpaid_after_seconds)"
            " VALUES (:code, :code, :currency, :patience) RETURNING id",
            [{"code": code, "currency": currency, "patience": _PATIENCE} for code, currency in MARKETS.items()],
        )
        self.storefronts = self._insert(
            "INSERT INTO storefront (name) VALUES (:name) RETURNING id", [{"name": name} for name in STOREFRONTS]
        )
        self.warehouses = self._insert(
            "INSERT INTO warehouse (code, name, priority) VALUES (:code, :code, :priority) RETURNING id",
            [{"code": code, "priority": priority} for code, priority in WAREHOUSES.items()],
        )
        return self

    @property
    def asked(self) -> Asked:
        """Who asks for money to be moved."""
        return Asked(client_id=1, cause=CUSTOMER, at=self.clock())

    def product(self, currency: str, price: int, warehouse: int | None, *, pieces: int = _PIECES) -> str:
        """Add a product, with pieces in a warehouse, or nowhere; give its SKU."""
        self.products += 1
        sku, name = SKU.format(self.products), NAME.format(self.products)
        [product_id] = self._insert(
            "INSERT INTO product (sku, name, price, currency, created_at)"
            " VALUES (:sku, :name, :price, :currency, :at) RETURNING id",
            [{"sku": sku, "name": name, "price": price, "currency": currency, "at": self.clock()}],
        )
        if warehouse is not None:
            with self.services.transaction() as session:
                receive(session, warehouse, [Count(product_id, sku, pieces)], cause=CUSTOMER, at=self.clock())
        return sku

    def work_off(self, *, leaving_out: Sequence[str] = ()) -> None:
        """Do what is due, as relay and workers would, but for some steps."""
        while True:
            with self.services.transaction() as session:
                leased = lease_due(session, most=_MOST_AT_ONCE, lease_seconds=_LEASE_SECONDS, leaving_out=leaving_out)
            if not leased:
                return
            for step, claims in into_sets(leased):
                run_step(self.services, step, claims)

    def ids(self, query: str, **parameters: Any) -> list[int]:
        """Read a column of ids."""
        with self.services.transaction() as session:
            return list(session.execute(text(query), parameters).scalars())

    def _insert(self, statement: str, rows: Sequence[dict[str, Any]]) -> list[int]:
        with self.services.transaction() as session:
            return [session.execute(text(statement), row).scalar_one() for row in rows]
