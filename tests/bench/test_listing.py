"""The figures of the listing bench are those of its slowest filter. (How it asks is shown in test_history.py.)"""

from fulfillment.bench.listing import ListingFigures


def test_the_slowest_filter_counts_and_is_compared_with_the_slowest_of_few_orders() -> None:
    figures = ListingFigures(1000, 10)
    figures.many = {"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 9.0]}
    figures.few = {"a": [1.0, 1.0, 6.0], "b": [1.0, 2.0, 4.5]}
    figures.found = {"a": 50, "b": 0}

    said = figures.as_object()

    assert (said["orders"], said["p95_ms"], said["slowest"]) == (1000, 9.0, "b")
    assert (said["beside_orders"], said["beside_p95_ms"], said["ratio"]) == (10, 6.0, 1.5)
    assert (said["grows_most"], said["most_growth"]) == ("b", 2.0)
    assert said["filters"]["b"] == {"p50_ms": 5.0, "p95_ms": 9.0, "beside_p95_ms": 4.5, "ratio": 2.0, "found": 0}
