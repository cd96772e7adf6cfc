"""
The hot SKU bench: everybody wants the same product, and there is less of it than they want.

Orders that are covered and wait for their turn are there before the system starts; what is measured is how quickly its workers
promise the pieces, beside a single-row conditional UPDATE by pgbench. What was promised is counted from the rows afterwards.
"""

from __future__ import annotations

import random
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from fulfillment.bench.history.people import Article
from fulfillment.bench.history.repeat import Catalog, Repetition, ids_from
from fulfillment.bench.history.sample import pattern_of, read_repeated, set_apart
from fulfillment.bench.history.shop import CUSTOMER, EMAIL, NAME, PERSON, SampleClock, SampleShop
from fulfillment.bench.raw import SCHEMA, Reference, find_pgbench
from fulfillment.bench.server import measured_server, running
from fulfillment.checkout.checkout import Checkout, CheckoutLine, CheckoutPayment, Destination
from fulfillment.checkout.place import place
from fulfillment.db.migrate import upgrade
from fulfillment.kernel.say import Say
from fulfillment.runtime import databases, home
from fulfillment.runtime.up import Shape
from fulfillment.settings import Settings
from fulfillment.wiring import build

_DATABASE: Final = "fulfillment_hot"
_SCRIPT: Final = Path(__file__).with_name("raw-hot-sku.sql")
_CLIENTS: Final = 16
_ADDRESS: Final = {"name": PERSON.format(1), "line1": "1 Mill Lane", "city": "Leith", "country": "GB"}
_LONGEST_SECONDS: Final = 300
_LOOK_SECONDS: Final = 0.05
_STEP: Final = "inventory.assign"

_CUSTOMERS: Final = 1000
_SHARED: Final = "SELECT id FROM market UNION ALL SELECT id FROM warehouse UNION ALL SELECT id FROM storefront"
_LATER: Final = "UPDATE dispatch SET due_at = now() + interval '1 day'"
_NOW: Final = "UPDATE dispatch SET due_at = now()"
_PROMISED: Final = "SELECT sum(allocated) FROM stock"
_ON_LINES: Final = "SELECT coalesce(sum(allocated), 0) FROM line_item"
_MOVED: Final = "SELECT coalesce(sum(allocated_change), 0) FROM stock_movement WHERE kind = 'allocated'"
_WAITING: Final = "SELECT count(*) FROM shipment WHERE status = 'awaiting_inventory'"


@dataclass(frozen=True, slots=True, kw_only=True)
class HotPlan:
    """How many orders of how many pieces each, for what part of which there are pieces, by how many workers."""

    orders: int = 30_000
    pieces: int = 1
    there: float = 0.9
    workers: int = 2
    raw_seconds: int = 10


@dataclass(frozen=True, slots=True)
class HotFigures:
    """Pieces a second, and what the rows say of them afterwards. `oversold` are pieces promised that are not there."""

    assigned_per_s: float
    raw_sql_per_s: float
    ratio: float
    oversold: int
    assigned: int
    there: int
    wanted: int
    waiting_orders: int
    pieces_per_order: int
    workers: int

    def as_object(self) -> dict[str, Any]:
        """The figures under their plain names."""
        return asdict(self)


def run_hot_sku(settings: Settings, plan: HotPlan, say: Say) -> HotFigures:
    """Measure. Raises CannotStart where the server cannot, or there is no pgbench."""
    with home.temporary() as folder, measured_server(settings, folder) as server:
        say("plain SQL")
        reference = Reference(server.url, find_pgbench(*server.programs), _SCRIPT, SCHEMA)
        raw = reference.transactions_per_s(seconds=plan.raw_seconds, clients=_CLIENTS)
        databases.drop(server.url, _DATABASE)
        url = databases.create(server.url, _DATABASE)
        try:
            upgrade(url)
            say(f"{plan.orders} orders of one product")
            there = round(plan.orders * plan.there) * plan.pieces
            queue_up(url, folder, orders=plan.orders, pieces=plan.pieces, there=there)
            rate = _assigned_per_s(settings, plan, url, folder / "system", there, say)
            return _counted(url, plan, there, rate, raw)
        finally:
            databases.drop(server.url, _DATABASE)


def queue_up(url: str, folder: Path, *, orders: int, pieces: int, there: int) -> None:
    """Let one covered order be before its assignment, as the product leaves it, and repeat it."""
    settings = Settings.for_trial(database_url=url, gateway_url="approve:", fulfillment_home=folder, mail_url=None)
    with (
        psycopg.connect(databases.conninfo(url), autocommit=True, options="-c timezone=UTC") as connection,
        closing(build(settings)) as services,
    ):
        sequences = set_apart(connection)
        clock = SampleClock()
        shop = SampleShop(replace(services, clock=clock), clock).open()
        sku = shop.product("GBP", 1250, shop.warehouses[0], pieces=there)
        checkout = Checkout(
            market="UK",
            lines=[CheckoutLine(sku, pieces)],
            payments=[CheckoutPayment("tok_ok")],
            destinations=[Destination(_ADDRESS)],
            customer_name=PERSON.format(1),
            customer_email=EMAIL.format(1),
        )
        with services.transaction() as session:
            place(session, checkout, storefront_id=shop.storefronts[0], cause=CUSTOMER, at=clock())
        shop.work_off(leaving_out=(_STEP,))
        numbers: dict[int, int] = dict(connection.execute("SELECT id, 1 FROM product").fetchall())
        pattern = pattern_of(read_repeated(connection), numbers)
        ids = ids_from(connection, sequences)
        ids.known |= {shared: shared for shared in shop.ids(_SHARED)}
        catalog = Catalog(list(numbers), [Article(sku, NAME.format(1))], 1)
        repeated = Repetition(pattern, ids, catalog, frozenset(), _CUSTOMERS, random.Random(1))
        filled = [repeated.values(datetime.now(UTC), 1) for _ in range(orders - 1)]
        for rows in pattern.rows:
            rows.write(connection, (rows.filled(values) for values in filled))
        ids.hand_back(connection)
        connection.execute(_LATER)
        connection.execute("VACUUM ANALYZE")


def _assigned_per_s(settings: Settings, plan: HotPlan, url: str, folder: Path, there: int, say: Say) -> float:
    """Pieces a second, from the moment at which all orders are due until all pieces that there are have been promised."""
    shape = Shape(relays=1, workers=plan.workers, beats=0)
    with running(settings, url, folder, shape), psycopg.connect(databases.conninfo(url), autocommit=True) as looking:
        looking.execute(_NOW)
        began = time.monotonic()
        deadline = began + _LONGEST_SECONDS
        while (promised := _ask(looking, _PROMISED)) < there:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{promised} of {there} pieces were promised in {_LONGEST_SECONDS} s")
            say(f"{promised} of {there} pieces are promised")
            time.sleep(_LOOK_SECONDS)
        took = time.monotonic() - began
        while _ask(looking, "SELECT count(*) FROM dispatch"):  # the rest finds nothing, and waits
            if time.monotonic() > deadline:
                raise RuntimeError("work is left")
            time.sleep(_LOOK_SECONDS)
        return there / took


def _counted(url: str, plan: HotPlan, there: int, rate: float, raw: float) -> HotFigures:
    """What the rows say: the lines and the movements each for themselves, so that a counter cannot hide anything."""
    with psycopg.connect(databases.conninfo(url)) as connection:
        promised, moved = _ask(connection, _ON_LINES), _ask(connection, _MOVED)
        waiting = _ask(connection, _WAITING)
    return HotFigures(
        round(rate, 1),
        round(raw, 1),
        round(rate / raw, 2),
        max(0, promised - there, moved - there),
        promised,
        there,
        plan.orders * plan.pieces,
        waiting,
        plan.pieces,
        plan.workers,
    )


def _ask(connection: psycopg.Connection, question: LiteralString) -> int:
    [answer] = connection.execute(question).fetchone() or (0,)
    return int(answer)
