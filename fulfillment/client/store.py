"""A store to load: keys, a market that releases by itself, warehouses and products, made through the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.client.connection import Connection
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.runtime.system import System

MARKET: Final = "LOAD"
WAREHOUSE: Final = "LOAD-1"
CURRENCY: Final = "GBP"
PRICE: Final = 1250  # pence, of every product
_AT_ONCE: Final = 100
_LAST: Final = 1_000_000  # of the warehouse: tried after all that a shop has already


@dataclass(frozen=True, slots=True)
class Store:
    """Where to knock, and as whom. It travels to the processes of the clients."""

    url: str
    storefront_key: str
    warehouse_key: str
    admin_key: str

    def storefront(self) -> Connection:
        """A connection that may check out."""
        return Connection(self.url, self.storefront_key)

    def warehouse(self) -> Connection:
        """A connection that may work the floor."""
        return Connection(self.url, self.warehouse_key)

    def admin(self) -> Connection:
        """A connection that may do anything."""
        return Connection(self.url, self.admin_key)


def open_store(system: System, *, releases_automatically: bool = True) -> Store:
    """Make keys, a market and a warehouse, on a fresh system or beside a shop that is there."""
    engine = make_engine(system.database_url, application_name="client")
    with transaction(make_sessions(engine)) as session:
        at = datetime.now(UTC)
        keys = [create_key(session, role=role, name=f"load {role}", at=at) for role in _ROLES]
    engine.dispose()
    store = Store(system.web_url, *keys)
    with store.admin() as admin:
        market = {
            "code": MARKET,
            "name": "Load",
            "currency": CURRENCY,
            "releases_automatically": releases_automatically,
        }
        admin.post("/v1/markets", market).expect(200, 201)
        admin.post("/v1/warehouses", {"code": WAREHOUSE, "name": "Load", "priority": _LAST}).expect(200, 201)
    return store


def stock_up(store: Store, skus: Sequence[str], *, units: int, when_short: str = "backorder") -> None:
    """Add products and put `units` pieces of each on the shelves."""
    with store.admin() as admin:
        for part in _parts(skus):
            products = [
                {
                    "sku": sku,
                    "name": f"Product {sku}",
                    "price": {"amount": PRICE, "currency": CURRENCY},
                    "when_short": when_short,
                }
                for sku in part
            ]
            admin.post("/v1/products", {"products": products}).expect(200, 201)
            lines: list[dict[str, Any]] = [{"sku": sku, "quantity": units} for sku in part]
            answer = admin.post("/v1/inventory/receipts", {"warehouse": WAREHOUSE, "lines": lines})
            answer.expect(200, 201, 202)


_ROLES: Final = (Role.STOREFRONT, Role.WAREHOUSE, Role.ADMIN)


def _parts(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(skus), _AT_ONCE):
        yield skus[start : start + _AT_ONCE]
