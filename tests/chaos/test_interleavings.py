"""Two acts on one order, one of them held in the middle of its transaction; all pairs are a command."""

import pytest

from fulfillment.chaos.interleavings.acts import ACTS
from fulfillment.chaos.interleavings.race import Pair, Right, alone, race, without
from fulfillment.chaos.interleavings.run import Plan, interleave
from fulfillment.chaos.interleavings.situations import SITUATIONS
from fulfillment.chaos.money.stage import set_stage
from fulfillment.orders import queries
from fulfillment.process import STEPS

pytestmark = pytest.mark.timeout(300)

MEET_NOBODY = {
    "orders.bulk": "each of its members is one of the verbs that meet",
    "payments.return_credit": "the orders of an exchange, which are two",
    "labels.buy": "parcels, which no act of an order takes back",
    "labels.void": "the same",
    "manifests.close": "the same",
    "webhooks.announce": "what receivers are told, which changes nothing of an order",
    "webhooks.deliver": "the same",
}


def test_two_acts_at_once_end_as_one_after_the_other(services):
    outcome = interleave(services, Plan(pairs=4, situations=("being authorized",)))

    assert (outcome.findings, outcome.wrong, outcome.violations) == ([], 0, 0)
    assert (outcome.pairs, outcome.races) == (4, 8)


def test_a_lock_that_is_not_taken_shows(services, monkeypatch):
    """Without it two people record the same missing money, each of them having seen that it is missing."""
    twice = Pair("unpaid", "pay by hand", "pay by hand")
    stage = set_stage(services)
    last = alone(stage, twice.situation, twice.first, without(stage, twice.situation))
    assert Right(twice).admits(stage, race(stage, twice, last))

    monkeypatch.setattr(queries, "_LOCK_ORDERS", queries._READ_ORDERS)

    assert not Right(twice).admits(stage, race(stage, twice, last))


def test_every_step_on_an_order_meets_what_people_do():
    held = {each.holds for each in SITUATIONS.values()}
    moves = {step for step in STEPS if not step.startswith("notifications.")}
    assert moves - held == set(MEET_NOBODY)


def test_every_situation_comes_about_by_acts_that_there_are():
    named = {act for each in SITUATIONS.values() for act in each.before}
    assert named - set(ACTS) == {"hear of it"}
