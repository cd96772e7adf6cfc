"""A small kill loop, on real processes; the large one is a command."""

import pytest

from fulfillment.chaos.kill_loop import Plan, as_object, run_loop

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(240)]


def test_nothing_is_lost_or_done_twice_while_workers_and_relays_are_killed(data_folder):
    outcome = run_loop(data_folder / "system", Plan(orders=150, kills=6, lease=2, drain=120))
    figures = as_object(outcome)
    assert (outcome.verdict.findings, outcome.broken) == ([], [])
    assert (figures["orders"], figures["kills"], figures["kills_with_work_in_flight"] >= 4) == (150, 6, True)
    assert (figures["lost"], figures["duplicate_effects"], figures["oversold"], figures["violations"]) == (0, 0, 0, 0)
    assert outcome.is_clean


def test_the_judge_finds_workers_without_fencing(data_folder):
    outcome = run_loop(data_folder / "system", Plan(orders=100, kills=4, lease=2, drain=30, sabotaged=True))
    assert outcome.verdict.duplicate_effects > 0
    assert not outcome.is_clean
