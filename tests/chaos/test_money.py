"""Money under every kind of bad luck: identities after every step, and at rest the gateway's journal to the minor unit."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test
from hypothesis.stateful import rule as drawn

from fulfillment.chaos.money.machine import begin
from fulfillment.chaos.money.rules import RULES, Rule
from fulfillment.chaos.money.sabotage import SABOTAGES, sabotaged
from fulfillment.chaos.money.walk import walk
from fulfillment.wiring import Services

pytestmark = pytest.mark.timeout(300)

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_MONEY=2000 looks for new ones.
_SEQUENCES = int(os.environ.get("RANDOM_MONEY", "20"))


def test_every_identity_holds_after_every_step_whatever_is_drawn(services: Services) -> None:
    class Drawn(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.machine = begin(services)

        @invariant()
        def is_clean(self) -> None:
            assert (self.machine.violations, self.machine.differences) == ([], [])

        def teardown(self) -> None:
            self.machine.rest()
            self.is_clean()

    for each in RULES:
        setattr(Drawn, each.name, _drawn(each))

    run_state_machine_as_test(
        Drawn,
        settings=settings(
            max_examples=_SEQUENCES,
            stateful_step_count=40,
            deadline=None,
            derandomize="RANDOM_MONEY" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _drawn(rule: Rule) -> Callable[..., None]:
    def does(drawing: Any, **arguments: Any) -> None:
        drawing.machine.do(rule, arguments)

    does.__name__ = rule.name
    return drawn(**{name: st.sampled_from(choices) for name, choices in rule.choices.items()})(does)


def test_a_walk_by_a_seed_finds_nothing_and_is_the_same_when_it_is_walked_again(services: Services) -> None:
    first = walk(services, seed=1, steps=480)
    assert (first.findings, first.violations, first.differences, first.steps) == ([], 0, 0, 480)

    again = walk(services, seed=1, steps=120)
    short = walk(services, seed=1, steps=120)

    assert (again.counts, again.struck) == (short.counts, short.struck)
    assert again.counts["orders"] > 5


@pytest.mark.parametrize("name", sorted(SABOTAGES))
def test_a_rule_that_is_broken_on_purpose_is_found(services: Services, name: str) -> None:
    with sabotaged(name):
        outcome = walk(services, seed=1, steps=600, most_findings=1)

    assert outcome.violations > 0
    assert f"of seed {outcome.seed}: " in outcome.findings[0]
