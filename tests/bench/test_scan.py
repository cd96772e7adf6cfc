"""A miniature of the bench: pickers scan what a wave made, and every figure is there. How large they are is not for a test."""

import pytest

from fulfillment.bench.scan import ScanPlan, run_scan
from fulfillment.settings import Settings


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_measures_scans_beside_checkouts() -> None:
    told: list[str] = []
    plan = ScanPlan(seconds=2, pickers=2, checkouts_per_s=5, connections=2, orders=20)

    figures = run_scan(Settings(), plan, told.append).as_object()

    assert figures["scans"] > 0
    assert figures["checkouts_per_s"] > 0
    assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"] <= figures["most_ms"]
    assert "starting the system" in told
