"""A part of the crash matrix, on real processes; all of it is a command."""

import pytest

from fulfillment.chaos.crash.agenda import Agenda
from fulfillment.chaos.crash.matrix import missing, required, run_matrix, short_plan
from fulfillment.chaos.crash.points import scope_of
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


def test_two_points_of_a_step_are_struck_in_one_round_and_one_of_a_route():
    agenda = Agenda(
        [f"step worker commit-{n} before" for n in range(1, 4)] + [f"GET /a web commit-{n} after" for n in (1, 2)]
    )

    first = agenda.next()
    assert sorted(scope_of(each) for each in first) == ["GET /a", "step", "step"]
    agenda.note(first, set(first), agenda.points)
    assert agenda.left() == 2
    for _ in range(3):  # Nothing passes the rest any more.
        agenda.note(agenda.next(), set(), agenda.points)
    assert (agenda.struck, agenda.left(), len(agenda.given_up)) == (set(first), 0, 2)


def test_what_is_passed_only_after_a_kill_is_armed_together_with_the_kills_that_led_to_it():
    agenda = Agenda(["step worker commit-1 after", "step worker commit-2 after"])
    armed = agenda.next()
    asked = "step worker gateway.find-1 before"

    agenda.note(armed, set(armed), [*armed, asked])

    assert agenda.next() == [asked, "step worker commit-1 after", "step worker commit-2 after"]


def test_what_was_passed_by_chance_is_armed_with_one_kill_of_its_own_step_after_the_other_until_one_leads_to_it():
    sent, written = "step worker commit-1 after", "step worker commit-2 after"
    asked, told = "step worker gateway.find-1 before", "step worker gateway.find-1 after"
    agenda = Agenda([sent, written, asked])
    agenda.note([sent, written], {sent, written}, [])
    agenda.note([], {"other worker ack-1 after"}, [told])

    rounds = []
    for _ in range(4):
        rounds.append(agenda.next())
        agenda.note(rounds[-1], {sent, written} & set(rounds[-1]), [])

    assert rounds == [[asked, told], [asked, told, sent], [asked, told, written], []]
    assert (agenda.left(), agenda.given_up) == (0, {asked, told})


def test_whatever_is_taken_out_is_told(data_folder):
    told = run_sabotages(data_folder)

    honest = told.pop("")
    assert (honest.verdict.findings, honest.problems) == ([], [])
    assert told["no-fence"].verdict.duplicate_effects > 0
    assert told["new-key"].verdict.duplicate_effects > 0
    assert told["no-row"].verdict.lost > 0
    assert told["no-guard"].violations > 0
