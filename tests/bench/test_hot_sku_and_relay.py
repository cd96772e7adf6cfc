"""Miniatures of two benches: nobody is promised what is not there, and every row is handed out once."""

import pytest
from needs import needs_redis

from fulfillment.bench.hot_sku import HotPlan, run_hot_sku
from fulfillment.bench.relay import RelayPlan, run_relay
from fulfillment.settings import Settings


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_promises_a_hot_product_until_nothing_is_left_of_it_and_the_rest_wait(postgres_url: str) -> None:
    needs_redis()
    plan = HotPlan(orders=50, pieces=3, there=0.8, workers=1, raw_seconds=1)

    figures = run_hot_sku(Settings(database_url=postgres_url), plan, lambda _: None).as_object()

    assert (figures["wanted"], figures["there"], figures["assigned"], figures["oversold"]) == (150, 120, 120, 0)
    assert figures["waiting_orders"] == 10
    assert figures["ratio"] == pytest.approx(figures["assigned_per_s"] / figures["raw_sql_per_s"], abs=0.01)


@pytest.mark.process
@pytest.mark.timeout(240)
def test_every_row_goes_through_the_relay_once(postgres_url: str) -> None:
    needs_redis()

    figures = run_relay(Settings(database_url=postgres_url), RelayPlan(rows=700), lambda _: None).as_object()

    assert (figures["rows"], figures["left"], figures["handed_twice"]) == (700, 0, 0)
    assert figures["rows_per_s"] >= figures["closed_per_s"] > 0
