"""A day at a shop, worked once and copied for every test: every kind of order there is, each where it should be."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from builders import Shop, one, rows, work_off
from fakes.clock import SettableClock
from fakes.gateway import ScriptedGateway
from sqlalchemy import Connection, Engine, text

from fulfillment.carriers import SIMULATED
from fulfillment.carriers.events import Scan, TrackingEvent
from fulfillment.db.session import make_engine
from fulfillment.runtime import databases
from fulfillment.settings import Settings
from fulfillment.shipments.pick import Picked, pick
from fulfillment.tracking.take import take_event
from fulfillment.wiring import Services, build


@dataclass(frozen=True)
class Day:
    """The database of the day, and the ids of its orders and of what belongs to them, by name."""

    name: str
    ids: dict[str, int]


@dataclass(frozen=True)
class Copy:
    """A copy of the day for one test to break."""

    url: str
    ids: dict[str, int]

    def plant(self, *statements: str) -> None:
        with psycopg.connect(databases.conninfo(self.url)) as connection:
            _plant(connection, self.ids, statements)


@dataclass(frozen=True)
class Passing:
    """The day for one test to break, and whole again after it."""

    connection: Connection
    ids: dict[str, int]

    def plant(self, *statements: str) -> None:
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        _plant(driver, self.ids, statements)


def _plant(connection: "psycopg.Connection[Any]", ids: dict[str, int], statements: Sequence[str]) -> None:
    """Do what no verb would: without foreign keys, and with names of the day as `%(name)s`."""
    connection.execute("SET LOCAL session_replication_role = replica")
    for statement in statements:
        connection.execute(statement, ids if "%(" in statement else None)


@pytest.fixture(scope="session")
def day(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    name = f"day_{uuid.uuid4().hex[:12]}"
    url = databases.create(postgres_url, name, template=template)
    settings = Settings(database_url=url, gateway_url="approve:", fulfillment_home=tmp_path_factory.mktemp("day"))
    clock = SettableClock()
    services = replace(build(settings), gateway=ScriptedGateway(clock=clock), clock=clock)
    ids = _worked(services)
    services.close()
    yield Day(name, ids)
    databases.drop(postgres_url, name)


@pytest.fixture
def copy(postgres_url: str, day: Day) -> Iterator[Copy]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield Copy(databases.create(postgres_url, name, template=day.name), day.ids)
    databases.drop(postgres_url, name)


@pytest.fixture(scope="session")
def _kept(postgres_url: str, day: Day) -> Iterator[Engine]:
    name = f"kept_{uuid.uuid4().hex[:12]}"
    engine = make_engine(databases.create(postgres_url, name, template=day.name))
    yield engine
    engine.dispose()
    databases.drop(postgres_url, name)


@pytest.fixture
def passing(_kept: Engine, day: Day) -> Iterator[Passing]:
    """The day, and a transaction that is taken back after the test: to copy a database takes longer than to look at it."""
    with _kept.connect() as connection:
        transaction = connection.begin()
        yield Passing(connection, day.ids)
        transaction.rollback()


def _worked(services: Services) -> dict[str, int]:
    shop = Shop(services).open()
    shop.sells("MUG", A=20, B=5)
    shop.sells("LAMP", when_short="deny", A=5)
    shop.sells("SONG", price=99, needs_shipping=False)
    shop.sells("RARE")
    orders = {
        "shipped": shop.up_to("shipped", ("MUG", 2), shipping=300, tax=7),
        "split": shop.up_to("assigned", ("MUG", 1), ("SONG", 1)),
        "waiting": shop.up_to("assigned", ("RARE", 3)),
        "second": shop.up_to("assigned", ("RARE", 2)),
        "reserved": shop.up_to("assigned", ("LAMP", 2), tokens=()),
        "declined": shop.up_to("assigned", ("MUG", 1), tokens=("tok_declined",)),
        "canceled": shop.up_to("assigned", ("MUG", 1)),
        "returned": shop.up_to("assigned", ("MUG", 1)),
        "held": shop.up_to("assigned", ("MUG", 1)),
        "packing": shop.up_to("packing", ("MUG", 3)),
        "automatic": shop.up_to("assigned", ("MUG", 1), market="UK"),
    }
    shop.cancels(orders["canceled"].id)
    shop.captures(shop.payments(orders["returned"].id)[0])
    shop.refunds(
        shop.payments(orders["shipped"].id)[0],
        lines=[(one(services, "SELECT id FROM line_item WHERE order_id = :id", id=orders["shipped"].id), 1)],
    )
    work_off(services)
    _delivered(shop, orders["shipped"].id, "RM1")
    shop.cancels(orders["returned"].id, notify_customer=False)
    shop.lets_go(shop.holds(orders["held"].id))
    shop.holds(orders["held"].id, "suspicious")
    work_off(services)
    [(picklist, line)] = rows(
        services,
        "SELECT s.picklist_id, l.id FROM shipment s JOIN line_item l ON l.shipment_id = s.id WHERE s.order_id = :id",
        id=orders["packing"].id,
    )
    with services.transaction() as session:
        pick(session, picklist, [Picked(line, 2)], cause=shop.asked.cause, at=shop.now)
    # The last one is paid by hand, and left with its steps still to be done.
    orders["fresh"] = shop.places(("MUG", 1), tokens=())
    shop.adds_payment(orders["fresh"].id, token=None)
    carts = {name: shop.collects(("MUG", 2), ("SONG", 1)) for name in ("open_cart", "converted_cart")}
    orders["converted"] = shop.converts(carts["converted_cart"])
    ids = {name: placed.id for name, placed in orders.items()} | {"draft": shop.enters(("MUG", 2))}
    return carts | _named(services, ids, shop.products, picklist)


def _delivered(shop: Shop, order_id: int, number: str) -> None:
    """Let the carrier tell that it delivered the one shipment of an order."""
    event = TrackingEvent("evt_1", number, Scan.DELIVERED, shop.now)
    with shop.services.transaction() as session:
        session.execute(
            text("UPDATE shipment SET tracking_number = :number WHERE order_id = :id"),
            {"number": number, "id": order_id},
        )
        take_event(session, SIMULATED, event, cause=shop.asked.cause, at=shop.now)


def _named(services: Services, orders: dict[str, int], products: dict[str, int], picklist: int) -> dict[str, Any]:
    ids = dict(orders) | products | {"picklist": picklist}
    for name, order_id in orders.items():
        for part in ("shipment", "line_item", "payment", "parcel"):
            found = rows(services, f"SELECT id FROM {part} WHERE order_id = :id ORDER BY id", id=order_id)
            ids |= {f"{name}_{part}_{n}": row[0] for n, row in enumerate(found, start=1)}
    return ids
