"""The sample: two days walked through in a database of its own, and their rows as patterns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Computed, Table

from fulfillment.bench.history.day import ENDED, UNDER_WAY, walk_through
from fulfillment.bench.history.pattern import IDS_APART, Gaps, Rows, rows_of
from fulfillment.bench.history.shop import SampleClock, SampleShop
from fulfillment.db.base import Base
from fulfillment.db.ids import CHANGE_BLOCK, ROW_IDS_IN_BLOCK
from fulfillment.db.migrate import upgrade
from fulfillment.runtime import databases
from fulfillment.settings import Settings
from fulfillment.wiring import build

_DATABASE: Final = "fulfillment_sample"
ONCE: Final = ("market", "storefront", "warehouse")
"""Tables that are there before any order."""
_NOT_REPEATED: Final = frozenset((*ONCE, "product", "stock", "step_time", "sweep_run", "search_block"))
IDS_PER_NUMBER: Final = {"row_id_block": ROW_IDS_IN_BLOCK, "change_id": CHANGE_BLOCK}
"""Sequences of which one number is many ids."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows of several tables with gaps, in an order that no foreign key minds."""

    rows: Sequence[Rows]
    gaps: Gaps


@dataclass(frozen=True, slots=True)
class Sample:
    """What a history is repeated from. `orders` are those of each of the two days."""

    orders: int
    sequences: Sequence[str]
    once: Pattern
    products: Sequence[Pattern]
    ended: Pattern
    under_way: Pattern
    short: frozenset[int]
    """The numbers of the products of which there is nothing."""


def take_sample(server_url: str, folder: Path, *, orders: int) -> Sample:
    """Walk through the days on this server, and read what they left."""
    databases.drop(server_url, _DATABASE)
    url = databases.create(server_url, _DATABASE)
    try:
        upgrade(url)
        settings = Settings.for_trial(
            database_url=url, gateway_url="approve:", fulfillment_home=folder, mail_url=None, log_level="ERROR"
        )
        with (
            psycopg.connect(databases.conninfo(url), autocommit=True, options="-c timezone=UTC") as connection,
            closing(build(settings)) as services,
        ):
            sequences = set_apart(connection)
            clock = SampleClock()
            shop = SampleShop(replace(services, clock=clock), clock).open()
            walk_through(shop, ENDED, orders)
            ended = read_repeated(connection)
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, _names()))))
            walk_through(shop, UNDER_WAY, orders)
            return _sample(connection, orders, sequences, ended, read_repeated(connection))
    finally:
        databases.drop(server_url, _DATABASE)


Copied = Mapping[str, tuple[Sequence[str], str]]
"""Columns, and rows as COPY writes them, by table."""


def _sample(
    connection: psycopg.Connection, orders: int, sequences: Sequence[str], ended: Copied, under_way: Copied
) -> Sample:
    numbers = {product_id: int(sku[4:8]) for product_id, sku in connection.execute("SELECT id, sku FROM product")}
    stocked = {product_id for (product_id,) in connection.execute("SELECT product_id FROM stock")}
    columns, products = _read(connection, [Base.metadata.tables["product"]])["product"]
    return Sample(
        orders,
        sequences,
        pattern_of(_read(connection, [Base.metadata.tables[name] for name in ONCE]), {}),
        [pattern_of({"product": (columns, line)}, numbers) for line in products.splitlines(keepends=True)],
        pattern_of(ended, numbers),
        pattern_of(under_way, numbers),
        frozenset(number for product_id, number in numbers.items() if product_id not in stocked),
    )


def pattern_of(copied: Copied, numbers: Mapping[int, int]) -> Pattern:
    """Make a pattern of what was read; `numbers` are those of the products by their ids."""
    gaps = Gaps(numbers)
    return Pattern([rows_of(table, columns, text, gaps) for table, (columns, text) in copied.items()], gaps)


def set_apart(connection: psycopg.Connection) -> list[str]:
    """Let every sequence begin where no other number is; give their names."""
    found = connection.execute(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
    ).fetchall()
    names = [name for (name,) in found]
    for n, name in enumerate(names, start=1):
        first = -(-n * IDS_APART // IDS_PER_NUMBER.get(name, 1))
        connection.execute("SELECT setval(CAST(%s AS regclass), %s, false)", (name, first))
    return names


def read_repeated(connection: psycopg.Connection) -> Copied:
    """Read all rows that come with orders."""
    return _read(connection, _repeated())


def _repeated() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in _NOT_REPEATED]


def _names() -> list[str]:
    return [table.name for table in _repeated()]


def _read(connection: psycopg.Connection, tables: Iterable[Table]) -> dict[str, tuple[Sequence[str], str]]:
    """Read the rows of tables as COPY writes them; what was received before the first order is left out."""
    found: dict[str, tuple[Sequence[str], str]] = {}
    for table in tables:
        columns = [column.name for column in table.columns if not isinstance(column.computed, Computed)]
        query = sql.SQL("COPY (SELECT {} FROM {} t {}) TO STDOUT").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(table.name),
            sql.SQL("WHERE kind <> 'received'" if table.name == "stock_movement" else ""),
        )
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            text = b"".join(copy).decode()
        if text:
            found[table.name] = (columns, text)
    return found
