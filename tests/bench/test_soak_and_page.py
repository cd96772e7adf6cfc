"""What a soak says of its readings, and how figures get into their page."""

import pytest

from fulfillment.bench.page import BEGIN, END, GOALS, written
from fulfillment.bench.soak import SoakFigures, growth_per_hour


def test_growth_is_the_slope_of_the_later_half() -> None:
    filling = [(0.0, 50.0), (0.25, 90.0), (0.5, 100.0), (0.75, 100.5), (1.0, 101.0)]

    assert growth_per_hour(filling) == pytest.approx(2.0)
    assert growth_per_hour([(0.0, 50.0)]) == 0


def test_a_soak_tells_the_kind_that_grows_most_and_how_answers_drift() -> None:
    steady, growing = [(0.0, 80.0), (0.5, 80.0), (1.0, 80.0)], [(0.0, 80.0), (0.5, 90.0), (1.0, 95.0)]
    figures = SoakFigures(
        checkouts=1000,
        seconds=10,
        memory={"web": steady, "worker": growing, "load": [(0.0, 1.0), (1.0, 500.0)]},
        p99_ms=[4.0, 5.0, 8.0],
        dispatch_rows=[0, 900, 0],
        database_mb=[20.0, 30.0],
    )

    said = figures.as_object()

    assert (said["growth_mb_per_h"], said["growth_by_kind"]) == (10.0, {"web": 0.0, "worker": 10.0})
    assert (said["p99_ms"], said["p99_drift"]) == (8.0, 2.0)
    assert (said["most_dispatch_rows"], said["dispatch_rows_left"], said["checkouts_per_s"]) == (900, 0, 100.0)
    assert said["database_mb_per_1000_orders"] == 10.0


def test_the_page_says_of_each_figure_whether_it_is_met_missed_or_not_measured() -> None:
    figures = {
        "date": "2026-11-21",
        "machine": {"processors": 2, "kind": "some", "memory_gb": 8},
        "lifecycle": {"ratio": 1.07, "p99_ms": 30.0},
        "soak": {"memory_mb": {"web": 120.0, "load": 400.0}},
    }

    page = written(f"# Figures\n{BEGIN}\nformer ones\n{END}\nwhy\n", figures)

    assert "former" not in page
    assert page.endswith(f"{END}\nwhy\n")
    assert "| Lifecycles a second, times plain SQL | at least 1.00 × | 1.07 × | met |" in page
    assert "| A checkout's answer at half load, p99 | at most 25.0 ms | 30.0 ms | **missed** |" in page
    assert "| Memory of the largest process of any kind | at most 150 MB | 120 MB | met |" in page
    assert page.count("not measured") == len(GOALS) - 3
    with pytest.raises(ValueError, match="no place"):
        written("nothing", figures)
