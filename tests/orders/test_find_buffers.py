"""How much of the database one page reads, at 200,000 orders and with the planner's own settings."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from fulfillment.orders.filter import OrderFilter, Place
from fulfillment.orders.find import Found, find_orders
from fulfillment.orders.search.blocks import gather_blocks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ORDERS = 200_000
MOST_BUFFERS = 3_000
"""Blocks of 8 kB that one page may read, from memory or not; the tables of orders alone have some 10,000."""

_LOAD = (
    "INSERT INTO market (id, code, name, currency) SELECT n, 'M' || n, 'Market', 'GBP' FROM generate_series(1, 8) n",
    f"""
    INSERT INTO purchase_order (id, number, storefront_id, market_id, customer_name, customer_email, status, open_holds,
                                currency, items_amount, discount_amount, shipping_amount, tax_amount, total, placed_at)
    SELECT n * 10, 'PO' || 1000000 + n * 10, 1 + n % 3, CASE WHEN n % 500 = 0 THEN 8 ELSE 1 + n % 7 END,
           (ARRAY['Mercy', 'Bo', 'Anna', 'Omar', 'Zoë', 'Hayes', 'Kim'])[1 + n % 7] || ' '
             || (ARRAY['Taylor', 'Lind', 'Smith', 'Novak', 'Brown', 'Okafor', 'Berg', 'Costa', 'Dubois', 'Evans', 'Fox'])[1 + n % 11]
             || CASE WHEN n % 20011 = 7 THEN ' Featherstonehaugh' WHEN n % 400 = 3 THEN ' Quixote' ELSE '' END,
           'c' || n % 50000 || '@example.com',
           CASE WHEN n > {ORDERS} - 4000 OR n % 997 = 0 THEN 'in_progress' WHEN n % 40 = 0 THEN 'canceled'
                ELSE 'completed' END,
           CASE WHEN n % 1994 = 0 THEN 1 ELSE 0 END,
           'GBP', 1000, 0, 0, 0, 1000, timestamptz '2026-01-01' + n * interval '2 minutes'
      FROM generate_series(1, {ORDERS}) n""",
    """
    INSERT INTO order_search (order_id, placed_at, number, name, customer_name, customer_email, items)
    SELECT id, placed_at, number, customer_name, customer_name, customer_email,
           'SKU-' || 40000000 + id % 4001 || E'\\n'
             || (ARRAY['White hanging heart', 'Paper lantern', 'Red mug', 'Blue bowl', 'Tea towel'])[1 + id / 10 % 5]
      FROM purchase_order ORDER BY placed_at""",
)


@pytest.fixture(scope="module")
def full(request: pytest.FixtureRequest, postgres_url: str, template: str) -> Iterator[Engine]:
    """A database of 200,000 orders on connections without any setting of ours."""
    from sqlalchemy import create_engine

    from fulfillment.runtime import databases

    url = databases.create(postgres_url, "full_of_orders", template=template)
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        for statement in _LOAD:
            session.execute(text(statement))
    while True:
        with Session(engine) as session, session.begin():
            if not gather_blocks(session, at=datetime(2027, 6, 1, tzinfo=UTC), most=400):
                break
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield engine
    engine.dispose()
    databases.drop(postgres_url, "full_of_orders")


def _found(engine: Engine, wanted: OrderFilter, before: Place | None = None) -> tuple[Found, int]:
    """Find a page, and explain each statement that it took."""
    ran: list[tuple[str, Any]] = []

    def note(conn, cursor, statement, parameters, context, executemany) -> None:
        ran.append((statement, parameters))

    with engine.connect() as connection, Session(connection) as session:
        event.listen(connection, "before_cursor_execute", note)
        found = find_orders(session, wanted, before=before)
        event.remove(connection, "before_cursor_execute", note)
        buffers = 0
        for statement, parameters in ran:
            explained = connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters
            ).scalar_one()
            plan = (explained if isinstance(explained, list) else json.loads(explained))[0]["Plan"]
            buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return found, buffers


SPRING = datetime(2026, 4, 1, tzinfo=UTC)
FILTERS = {
    "nothing": OrderFilter(),
    "status": OrderFilter(statuses=["canceled"]),
    "open": OrderFilter(statuses=["open"]),
    "on hold": OrderFilter(statuses=["on_hold"]),
    "no draft": OrderFilter(statuses=["draft"]),
    "markets": OrderFilter(markets=["M8", "M2"]),
    "rare market, status": OrderFilter(markets=["M8"], statuses=["canceled"]),
    "email": OrderFilter(customer_email="C77@example.com"),
    "email, status": OrderFilter(customer_email="c77@example.com", statuses=["open"]),
    "no email": OrderFilter(customer_email="@example.com"),
    "storefront": OrderFilter(storefront_id=2),
    "storefront, status": OrderFilter(storefront_id=2, statuses=["on_hold"]),
    "dates": OrderFilter(created_from=SPRING, created_to=SPRING.replace(day=3)),
    "dates, market, status": OrderFilter(created_to=SPRING, markets=["M3"], statuses=["completed"]),
    "common name": OrderFilter(customer_name="%tay"),
    "uncommon name": OrderFilter(customer_name="quixote"),
    "rare name": OrderFilter(customer_name="featherstone%"),
    "no name": OrderFilter(customer_name="nobody"),
    "whole number": OrderFilter(number="PO1234560"),
    "end of number": OrderFilter(number="%4560"),
    "everybody's number": OrderFilter(number="PO1"),
    "no number": OrderFilter(number="999999"),
    "common item": OrderFilter(q="lantern"),
    "sku": OrderFilter(q="SKU-40000777"),
    "address as q": OrderFilter(q="c4711@example.com"),
    "nothing as q": OrderFilter(q="xylophone"),
    "common name, item": OrderFilter(customer_name="taylor", q="lantern"),
    "common name, on hold": OrderFilter(customer_name="taylor", statuses=["on_hold"]),
    "common name, open": OrderFilter(customer_name="taylor", statuses=["open"]),
    "common name, canceled": OrderFilter(customer_name="taylor", statuses=["canceled"]),
    "common name, completed": OrderFilter(customer_name="taylor", statuses=["completed"]),
    "uncommon name, market": OrderFilter(customer_name="quixote", markets=["M4"]),
    "common name, rare market": OrderFilter(customer_name="taylor", markets=["M8"]),
    "rare name, status": OrderFilter(customer_name="featherstone", statuses=["completed"]),
    "no name, open": OrderFilter(customer_name="nobody", statuses=["open"]),
    "item, storefront": OrderFilter(q="lantern", storefront_id=2),
    "item, email": OrderFilter(q="lantern", customer_email="c77@example.com"),
    "item, dates": OrderFilter(q="heart", created_from=SPRING, created_to=SPRING.replace(day=9)),
    "number, name": OrderFilter(number="%345", customer_name="smith"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_no_page_reads_more_than_its_bound(full: Engine, name: str) -> None:
    first, buffers = _found(full, FILTERS[name])
    pages = [buffers]
    later: Place = (datetime(2026, 5, 1, tzinfo=UTC), 0)
    _, buffers = _found(full, FILTERS[name], later)
    pages.append(buffers)
    if first.next_before is not None:
        _, buffers = _found(full, FILTERS[name], first.next_before)
        pages.append(buffers)

    print(name, len(first.places), first.next_before is not None, pages)
    assert max(pages) <= MOST_BUFFERS
