"""Money under every kind of bad luck: identities after every step, and at rest the gateway's journal to the minor unit."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test
from hypothesis.stateful import rule as drawn
from sqlalchemy import text

from fulfillment.chaos.money import desk, exchanges, floor, judge, office
from fulfillment.chaos.money.machine import begin
from fulfillment.chaos.money.rules import RULES, Rule
from fulfillment.chaos.money.sabotage import SABOTAGES, sabotaged
from fulfillment.chaos.money.several import Plan, added_up, run_walks
from fulfillment.chaos.money.walk import as_object, walk
from fulfillment.exchanges.states import ExchangePolicy
from fulfillment.payments.gateway.port import TransactionKind
from fulfillment.runtime import home
from fulfillment.wiring import Services

pytestmark = pytest.mark.timeout(300)

# The same few in every run, so that nobody's change fails by bad luck; RANDOM_MONEY=2000 looks for new ones.
_SEQUENCES = int(os.environ.get("RANDOM_MONEY", "12"))

_PLANT_DIFFERENCE = text("""
INSERT INTO payment_difference (order_id, payment_id, kind, what, reference, amount, currency, found_at)
SELECT order_id, id, 'done_elsewhere', 'refund', 'gw_99', :amount, currency, now() FROM payment
""")
_PLANT = text("""
INSERT INTO dispatch (id, step, lane, order_id, subject_id, dead, last_error, cause_kind, cause_id, actor)
VALUES (1, :step, 'work', :id, :id, true, :error, 'step', 'chaos', 'worker')
""")


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


def test_a_walk_by_a_seed_finds_nothing_and_any_stage_of_it_can_be_walked_again(services: Services) -> None:
    whole = walk(services, seed=1, steps=240)
    assert (whole.findings, whole.violations, whole.differences, whole.steps) == ([], 0, 0, 240)

    first = walk(services, seed=1, steps=120)
    last = walk(services, seed=1, first_stage=1, steps=120)

    assert (first.counts + last.counts, first.struck + last.struck) == (whole.counts, whole.struck)
    assert last.counts["orders"] > 5


def test_whatever_is_raised_is_a_finding_and_says_how_to_have_it_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_stage: object) -> list[str]:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(judge, "violations", fail)
    outcome = walk(services, seed=7, first_stage=3, steps=2, most_findings=2)

    assert outcome.violations == len(outcome.findings) == 2
    assert "raised ZeroDivisionError: by hand" in outcome.findings[1]
    assert "fulfillment chaos money --processes 1 --seed 7 --stage 4 --steps 2" in outcome.findings[1]


@pytest.mark.process
def test_processes_share_the_steps_and_their_figures_are_added_up() -> None:
    done = []
    with home.temporary() as folder:
        outcomes = run_walks(folder, Plan(seed=5, steps=61), processes=2, on_step=done.append)

    assert [(each.seed, each.steps, each.findings) for each in outcomes] == [(5, 31, []), (6, 30, [])]
    total = added_up(outcomes)
    assert (total.seed, total.steps, total.stages, done[-1]) == (5, 61, 2, 61)
    assert total.counts["orders"] == sum(each.counts["orders"] for each in outcomes)


@pytest.mark.parametrize("name", sorted(SABOTAGES))
def test_a_rule_that_is_broken_on_purpose_is_found(services: Services, name: str) -> None:
    with sabotaged(name):
        outcome = walk(services, seed=1, steps=600, most_findings=1)

    assert outcome.violations > 0
    assert f"of seed {outcome.seed}: " in outcome.findings[0]


def test_a_dead_letter_that_the_walk_does_not_explain_is_found(services: Services) -> None:
    def judged(step: str, error: str, **order: int) -> list[str]:
        machine = begin(services)
        office.place(machine.stage, (("MUG", 1),), (("tok_ok", None),), "DE", split=False)
        floor.walk(machine.stage, 0, 3)
        [order_id] = machine.stage.orders
        with services.autocommit() as session:
            for name, value in order.items():
                session.execute(text(f"UPDATE purchase_order SET {name} = :value"), {"value": value})
            row = {"step": step, "error": error, "id": order_id}
            session.execute(_PLANT, row)
        return [each for each in judge.at_rest(machine.stage) if each.startswith("left over")]

    refusal = "under_authorized: shipment PO1-1 has left, and 0.90 GBP of it are not authorized"
    assert judged("payments.capture", refusal, captured=1000) == []
    assert len(judged("payments.capture", refusal)) == 1  # it is paid in full
    assert (
        len(judged("payments.capture", refusal, captured=1000, open_authorized=90)) == 1
    )  # something could pay for it
    assert len(judged("payments.capture", "refused: The gateway says no.", captured=1000)) == 1
    assert len(judged("payments.return_money", "Traceback: ZeroDivisionError")) == 1
    assert len(judged("payments.send", "key: the outcome is unknown")) == 1


@pytest.mark.process
@pytest.mark.parametrize("processes", [1, 2])
def test_a_walk_that_is_asked_to_end_tells_what_it_found_until_then(processes: int) -> None:
    def ask(_done: int) -> None:
        if not asked:
            asked.append(os.kill(os.getpid(), signal.SIGTERM))

    asked: list[None] = []

    with home.temporary() as folder:
        outcomes = run_walks(folder, Plan(seed=5, steps=100_000), processes=processes, on_step=ask)

    total = added_up(outcomes)
    assert (total.interrupted_by, total.findings, total.is_clean) == (signal.SIGTERM, [], True)
    assert 1 <= total.stages <= total.steps < 1000  # another process may be asked before its first stage is done
    assert as_object(total)["interrupted"]


def test_what_is_otherwise_at_the_gateway_is_left_over(services: Services) -> None:
    machine = begin(services)
    office.place(machine.stage, (("MUG", 1),), (("tok_ok", None),), "DE", split=False)
    floor.walk(machine.stage, 0, 3)
    assert judge.at_rest(machine.stage) == []
    with services.autocommit() as session:
        session.execute(_PLANT_DIFFERENCE, {"amount": 90})

    [found] = judge.at_rest(machine.stage)

    assert found == "left over: done_elsewhere, refund of 90, gw_99"


def test_money_that_is_gone_at_the_gateway_and_had_moved_on_is_booked_when_people_do_what_is_said(
    services: Services,
) -> None:
    machine = begin(services)
    stage = machine.stage
    office.place(stage, (("MUG", 2),), (("tok_ok", None),), "DE", split=False)
    exchanges.swap(stage, 0, 1, "CUP", ExchangePolicy.GOODS_FIRST, "tok_ok")
    desk.move(stage, 1, 0, TransactionKind.CHARGEBACK, None)

    machine.rest()

    assert (machine.violations, machine.differences) == ([], [])
    assert stage.counts["credits refunded"] == 1
    assert stage.ids("SELECT count(*) FROM chargeback") == [1]
