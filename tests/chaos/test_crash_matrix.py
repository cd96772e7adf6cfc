"""A part of the crash matrix, on real processes; all of it is a command."""

import pytest

from fulfillment.chaos.crash.matrix import EXPLAINED, missing, outdated, required, run_matrix, short_plan
from fulfillment.chaos.crash.sabotage import run_sabotages
from fulfillment.process import STEPS

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(900)]


def test_whoever_is_killed_wherever_nothing_is_lost_or_done_twice(data_folder):
    outcome = run_matrix(data_folder, short_plan())

    assert (outcome.verdict.findings, outcome.broken) == ([], [])
    assert (outcome.verdict.lost, outcome.verdict.duplicate_effects, outcome.violations) == (0, 0, 0)
    assert outcome.never_reached == set(), "a step that no story reaches: write one in chaos/crash/stories.py"
    assert len(outcome.struck) >= 6
    assert outcome.is_clean


def test_a_step_that_nobody_walks_through_is_missing():
    step = next(iter(STEPS))
    assert {f"{step} relay publish-1 before", f"{step} worker ack-1 after"} <= missing(set())
    assert "gateway.send" in missing(set())
    assert missing(required(), calls=False) == set()


def test_an_explanation_that_no_longer_holds_is_told():
    known = next(iter(EXPLAINED))
    assert outdated({f"{known} worker ack-1 after"}) == {known}
    assert outdated(set()) == set()


def test_whatever_is_taken_out_is_told(data_folder):
    told = run_sabotages(data_folder)

    honest = told.pop("")
    assert (honest.verdict.findings, honest.problems) == ([], [])
    assert told["no-fence"].verdict.duplicate_effects > 0
    assert told["new-key"].verdict.duplicate_effects > 0
    assert told["no-row"].verdict.lost > 0
    assert told["no-guard"].violations > 0
