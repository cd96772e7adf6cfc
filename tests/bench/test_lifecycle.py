"""A miniature of the bench: every figure is there and hangs together. How large they are is not for a test."""

import pytest
from needs import needs_redis

from fulfillment.bench import lifecycle
from fulfillment.bench.lifecycle import Plan, run_lifecycle
from fulfillment.settings import Settings


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_measures_orders_from_checkout_to_captured_beside_plain_sql(monkeypatch):
    needs_redis()
    told = []
    # A small bench is warm after few orders, and few are what has to be drained three times.
    monkeypatch.setattr(lifecycle, "_MOST_OPEN", 150)
    monkeypatch.setattr(lifecycle, "_STATEMENTS_SECONDS", 1.0)
    plan = Plan(seconds=3, warm_up=40, raw_seconds=1, connections=4, idle_samples=5)
    figures = run_lifecycle(Settings(), plan, told.append).as_object()
    raw = (figures["raw_sql_before"] + figures["raw_sql_after"]) / 2
    assert figures["orders"] > 0
    assert figures["raw_sql_lifecycles_per_s"] == pytest.approx(raw, abs=0.1)
    assert figures["history"] == 0
    assert min(figures["windows_per_s"]) >= 0
    assert figures["slowest_window"] == pytest.approx(
        min(figures["windows_per_s"]) / figures["lifecycles_per_s"], abs=0.02
    )
    assert figures["ratio"] == pytest.approx(figures["lifecycles_per_s"] / raw, rel=0.05)
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert 0 < figures["idle_assigned_p50_ms"] <= figures["idle_assigned_p99_ms"]
    assert set(figures["cpu_ms_by_kind"]) == {"postgres", "broker", "web", "relay", "worker", "beat", "load"}
    assert figures["cpu_ms_per_lifecycle"] == pytest.approx(sum(figures["cpu_ms_by_kind"].values()), abs=0.01)
    assert figures["statements_per_lifecycle"] > 0
    assert (figures["postgres"]["fsync"], figures["postgres"]["synchronous_commit"]) == ("on", "on")
    assert "plain SQL, before" in told
