"""Writing a history into an empty database: by COPY, then what is derived from it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from fulfillment.bench.history.pattern import Rows
from fulfillment.bench.history.people import article
from fulfillment.bench.history.repeat import Catalog, Ids, Repetition, filled_once, ids_from
from fulfillment.bench.history.sample import ONCE, Pattern, Sample, take_sample
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.kernel.say import Say
from fulfillment.orders.search.blocks import gather_blocks
from fulfillment.runtime import databases
from fulfillment.runtime.faults import CannotStart

_UNDER_WAY: Final = 0.02
"""The part of all orders that is under way."""
_DAYS_UNDER_WAY: Final = 10
_SHORT, _FEWEST_SHORT = 0.02, 40
"""The part of all products of which there is nothing, and how many that are at least."""
_ORDERS_PER_COPY: Final = 4_000
_BLOCKS_AT_ONCE: Final = 400
_SETTLED: Final = timedelta(minutes=5)  # orders are gathered into blocks of the search once they are older


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How much of everything. `sample` is how many orders of each kind are walked through by the product itself."""

    orders: int
    years: int = 3
    sample: int = 0
    products: int = 4_000
    seed: int = 1

    @property
    def of_sample(self) -> int:
        """How many orders the sample has."""
        return self.sample or min(200, max(20, self.orders // 25))


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and the seconds that took."""

    orders: int
    rows: int
    seconds: float


def write_history(url: str, folder: Path, history: History, say: Say, sample: Sample | None = None) -> Written:
    """
    Fill a migrated database without orders; a sample that is not given is taken in a database of its own on the same server.

    Raises CannotStart where there are orders or markets.
    """
    began = time.monotonic()
    with psycopg.connect(databases.conninfo(url), autocommit=True, options="-c timezone=UTC") as connection:
        _expect_empty(connection)
        if sample is None:
            say(f"walking through {2 * history.of_sample} orders to repeat")
            sample = take_sample(url, folder, orders=history.of_sample)
        written = _Writer(connection, sample, history, say).write()
    _gather(url, written.orders, say)
    say("vacuum and statistics")
    with psycopg.connect(databases.conninfo(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return Written(written.orders, written.rows, time.monotonic() - began)


def _expect_empty(connection: psycopg.Connection) -> None:
    for table in ("purchase_order", "product", *ONCE):
        if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone() is not None:
            raise CannotStart(f"a history is written into an empty database, and this one has a {table}.")


@dataclass(slots=True)
class _Writer:
    connection: psycopg.Connection
    sample: Sample
    history: History
    say: Say
    rows: int = 0

    def write(self) -> Written:
        chance = random.Random(self.history.seed)
        ids = ids_from(self.connection, self.sample.sequences)
        self._copy(self.sample.once.rows, [filled_once(self.sample.once, ids)])
        catalog = self._products(ids)
        customers = max(20, self.history.orders // 6)
        ended, under_way = (
            Repetition(pattern, ids, catalog, self.sample.short, customers, chance)
            for pattern in (self.sample.ended, self.sample.under_way)
        )
        rounds = max(2, self.history.orders // self.sample.orders)
        lately = max(1, round(rounds * _UNDER_WAY))
        now = datetime.now(UTC) - _SETTLED
        between = now - timedelta(days=_DAYS_UNDER_WAY)
        self._repeat(ended, rounds - lately, now - timedelta(days=365 * self.history.years), between)
        self._repeat(under_way, lately, between, now)
        ids.hand_back(self.connection)
        self._count_stock()
        return Written(rounds * self.sample.orders, self.rows, 0)

    def _products(self, ids: Ids) -> Catalog:
        """Each by the pattern of one of the sample, so that prices and currencies are spread as there."""
        count = self.history.products
        articles = [article(n) for n in range(count)]
        sequence = ids.take(1 + self.sample.sequences.index("product_id_seq"), count)
        since = (datetime.now(UTC) - timedelta(days=366 * self.history.years)).isoformat()
        lines: list[str] = []
        for product_id, each, pattern in zip(sequence, articles, _over_and_over(self.sample.products), strict=False):
            content = {"product": product_id, "sku": each.sku, "item": each.name, "time": since}
            lines += (rows.filled([content[kind] for kind, _ in pattern.gaps.places]) for rows in pattern.rows)
        [rows] = self.sample.products[0].rows
        self.rows += rows.write(self.connection, lines)
        return Catalog(sequence, articles, count - max(_FEWEST_SHORT, round(count * _SHORT)))

    def _repeat(self, day: Repetition, rounds: int, begin: datetime, end: datetime) -> None:
        """Spread so many days over a stretch of time; where they are few, each lasts longer."""
        apart = (end - begin) / rounds
        stretch = max(1.0, apart / day.length)
        latest = end - day.length * stretch
        per_copy = max(1, _ORDERS_PER_COPY // self.sample.orders)
        for first in range(0, rounds, per_copy):
            some = range(first, min(rounds, first + per_copy))
            self.say(f"writing orders of {begin + apart * first:%B %Y}: {first * self.sample.orders}")
            self._copy(day.pattern.rows, [day.values(min(begin + apart * n, latest), stretch) for n in some])

    def _copy(self, patterns: Iterable[Rows], filled: Sequence[Sequence[Any]]) -> None:
        with self.connection.transaction():
            for rows in patterns:
                self.rows += rows.write(self.connection, (rows.filled(values) for values in filled))

    def _count_stock(self) -> None:
        """What is on the shelves follows from what was moved; as much was received as that needed, and some more."""
        self.say("counting stock")
        with self.connection.transaction():
            self.connection.execute(_RECEIVE, {"at": datetime.now(UTC) - timedelta(days=366 * self.history.years)})
            self.connection.execute(_COUNT)


def _over_and_over(patterns: Sequence[Pattern]) -> Iterator[Pattern]:
    while True:
        yield from patterns


def _gather(url: str, orders: int, say: Say) -> None:
    """Gather the blocks of the search, as the schedule does."""
    engine = make_engine(url, pool_size=1, application_name="bench")
    sessions, gathered = make_sessions(engine), 0
    while True:
        say(f"gathering blocks of the search: {gathered} of {orders // 128}")
        with transaction(sessions) as session:
            count = gather_blocks(session, at=datetime.now(UTC), most=_BLOCKS_AT_ONCE)
        gathered += count
        if not count:
            break
    engine.dispose()


_RECEIVE: Final = """
INSERT INTO stock_movement (product_id, warehouse_id, kind, on_hand_change, allocated_change, cause_kind, cause_id, actor, at)
SELECT product_id, warehouse_id, 'received', greatest(0, sum(allocated_change)) - sum(on_hand_change) + 1 + product_id %% 500,
       0, 'request', 'request', 'warehouse', %(at)s
  FROM stock_movement GROUP BY product_id, warehouse_id
"""
_COUNT: Final = """
INSERT INTO stock (product_id, warehouse_id, on_hand, allocated)
SELECT product_id, warehouse_id, sum(on_hand_change), sum(allocated_change)
  FROM stock_movement GROUP BY product_id, warehouse_id
"""
