"""Many at once for few units, from several processes, over HTTP."""

import pytest

from fulfillment.chaos.rush import Plan, Rush, as_object, run_rush


@pytest.mark.process
@pytest.mark.slow
def test_sells_each_unit_once_however_many_want_it_at_once(data_folder):
    plan = Plan(checkouts=200, units=50, repetitions=1)
    outcome = run_rush(data_folder / "system", plan)
    assert outcome.rushes == [
        Rush("backorder", {202: 200}, {"inventory_assigned": 50, "awaiting_inventory": 150}),
        Rush("deny", {202: 50, 409: 150}, {"inventory_assigned": 50}),
    ]
    assert as_object(outcome, plan)["wrong"] == 0
    assert (outcome.oversold, outcome.violations) == (0, 0)


@pytest.mark.parametrize(
    "rush",
    [
        Rush("deny", {202: 51, 409: 149}, {"inventory_assigned": 51}),
        Rush("deny", {202: 49, 409: 151}, {"inventory_assigned": 49}),
        Rush("deny", {202: 50, 409: 149, 500: 1}, {"inventory_assigned": 50}),
        Rush("backorder", {202: 200}, {"inventory_assigned": 51, "awaiting_inventory": 149}),
        Rush("backorder", {202: 200}, {"inventory_assigned": 50, "awaiting_inventory": 149, "pending": 1}),
    ],
)
def test_one_unit_more_or_less_is_wrong(rush):
    assert not rush.is_right(Plan(checkouts=200, units=50))
