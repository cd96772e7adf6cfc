"""A history is what the product itself would have left: every invariant holds on it, and work goes on from it."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from fulfillment.bench.history.day import UNDER_WAY, walk_through
from fulfillment.bench.history.shop import SampleClock, SampleShop
from fulfillment.bench.history.write import History, write_history
from fulfillment.bench.listing import FILTERS, ListingPlan, measure_lists
from fulfillment.checks.check import check_database
from fulfillment.process import SWEEPS
from fulfillment.runtime import databases
from fulfillment.runtime.faults import CannotStart
from fulfillment.settings import Settings
from fulfillment.wiring import build, now
from fulfillment.workflow.sweeps import run_sweep

GROWING = (
    *("purchase_order", "order_form", "order_search", "shipment", "line_item", "payment", "payment_attempt", "hold"),
    *(
        "money_transfer",
        "stock_movement",
        "timeline",
        "waiting_line",
        "picklist",
        "operation",
        "order_draft",
    ),
)
_SCANS = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY (%s)"
_STATUSES = "SELECT status || ' ' || payment_status, count(*) FROM purchase_order GROUP BY 1"


def _lists(database: str, folder: Path) -> tuple[dict[str, list[float]], dict[str, int]]:
    waits: dict[str, list[float]] = {}
    found: dict[str, int] = {}
    measure_lists(Settings(), database, folder, ListingPlan(requests=1, warm_up=0), waits, found, lambda _: None)
    return waits, found


def _scanned(database: str) -> dict[str, int]:
    """How often each table that grows with the orders was read from end to end."""
    with psycopg.connect(databases.conninfo(database)) as connection:
        return dict(connection.execute(_SCANS, (list(GROWING),)).fetchall())


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_history_keeps_every_invariant_is_listed_by_every_filter_and_lived_on_from(
    database: str, tmp_path: Path
) -> None:
    told: list[str] = []

    written = write_history(database, tmp_path, History(orders=480, sample=24, products=300), told.append)

    assert written.orders == 480
    assert [found.invariant.name for found in check_database(database) if not found.holds] == []
    services = build(Settings.for_trial(database_url=database, gateway_url="approve:", fulfillment_home=tmp_path))
    with services.transaction() as session:
        statuses = dict(tuple(row) for row in session.execute(text(_STATUSES)))
        assert statuses["completed paid"] > 300
        assert statuses["completed partially_refunded"] == 19
        assert statuses["canceled unpaid"] == 19
        assert {"in_progress authorized", "in_progress declined", "partially_shipped partially_paid"} <= set(statuses)
        years = (
            "SELECT count(DISTINCT date_trunc('month', placed_at)) >= 36, max(placed_at) < now() FROM purchase_order"
        )
        assert session.execute(text(years)).one() == (True, True)
        repeated = "SELECT count(DISTINCT customer_email), count(DISTINCT number) FROM purchase_order"
        customers, numbers = session.execute(text(repeated)).one()
        assert (numbers, customers < 100) == (480, True)
        left = "SELECT (SELECT count(*) FROM dispatch), (SELECT count(*) FROM timeline) > 3000"
        assert session.execute(text(left)).one() == (0, True)
        placeholders = "SELECT count(*) FROM order_search WHERE items ~ 'QSKU' OR customer_name ~ 'QPERSON'"
        assert session.execute(text(placeholders)).scalar_one() == 0

    services.close()  # what its connections have read is counted now
    scanned = _scanned(database)
    waits, found = _lists(database, tmp_path)
    assert set(waits) == set(found) == set(FILTERS)
    assert (found["first page"], found["first page of 200"], found["q: nothing"], found["archived"]) == (50, 200, 0, 0)
    assert all(found[name] for name in FILTERS if name.startswith(("status", "customer", "number", "storefront")))

    clock = SampleClock(now())
    shop = SampleShop(replace(services, clock=clock), clock)
    shop.storefronts = shop.ids("SELECT id FROM storefront ORDER BY id")
    shop.warehouses = shop.ids("SELECT id FROM warehouse ORDER BY id")
    walk_through(shop, UNDER_WAY, 8)
    for sweep in SWEEPS:
        run_sweep(services, sweep)
    services.close()
    # Processes read tables from end to end only where no index would do: then a million orders would be read, too.
    again = _scanned(database)
    assert {table: count - scanned[table] for table, count in again.items() if count > scanned[table]} == {}

    with services.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM purchase_order")).scalar_one() == 488
    assert [found.invariant.name for found in check_database(database) if not found.holds] == []
    services.close()

    with pytest.raises(CannotStart, match="this one has a purchase_order"):
        write_history(database, tmp_path, History(orders=480), told.append)
