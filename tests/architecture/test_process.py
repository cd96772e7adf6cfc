"""The process table is the truth: whatever is published is in it, and whatever is in it can be run."""

import ast
from pathlib import Path

import pytest

from fulfillment.process import EVENTS, QUEUES, STEPS, SWEEP_QUEUE, SWEEPS, TOLD
from fulfillment.workflow import sweeps
from fulfillment.workflow.run import runner

ROOT = Path(__file__).parents[2]
# The event is the first argument of the first, the second of the other (the session comes before it).
_PUBLISHERS = {"publish": 0, "request_steps": 1}


def _published() -> set[str]:
    """Every string that is passed as an event, and every one that a name or a choice of it may hold."""
    events: set[str] = set()
    for path in (ROOT / "fulfillment").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in _PUBLISHERS and len(node.args) > _PUBLISHERS[name]:
                events |= _strings(node.args[_PUBLISHERS[name]])
    return events


def _strings(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.JoinedStr):  # f"{kind}.requested"
        return {f"{kind}.requested" for kind in ("capture", "refund", "void")}
    if isinstance(node, ast.Name):  # Built just above; both values are written out there.
        return {"shipment.covered", "shipment.covered_unshippable"} if node.id == "event" else set()
    return set()


def test_every_published_event_is_in_the_table() -> None:
    assert _published() - set(EVENTS) == set()


def test_every_event_of_the_table_is_published_somewhere() -> None:
    assert set(EVENTS) - _published() == {"event.told"}  # Changes tells it of every event that somebody listens to


def test_what_is_told_outside_is_in_the_table_and_tells_of_something_that_happened() -> None:
    assert set(EVENTS) >= TOLD
    assert {event for event in TOLD if event.endswith(("requested", "wanted", "due", "hinted"))} == set()


def test_every_step_that_an_event_calls_for_travels() -> None:
    assert {step for steps in EVENTS.values() for step in steps} == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_a_runner(step: str) -> None:
    assert callable(runner(step))


def test_a_step_that_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError):
        runner("orders.teleport")


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_sweep_has_a_function(sweep: str) -> None:
    assert sweep in sweeps._SWEEPS


def test_queues_are_those_of_the_steps_and_one_for_sweeps() -> None:
    assert set(QUEUES) == {step.queue for step in STEPS.values()} | {SWEEP_QUEUE}


def test_mail_and_nothing_else_has_the_lane_of_mail() -> None:
    assert {name for name, step in STEPS.items() if step.lane == "mail"} == {
        name for name in STEPS if name.startswith("notifications.")
    }
    assert {name for name, step in STEPS.items() if step.lane == "books"} == {"payments.sync"}
