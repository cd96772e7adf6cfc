"""The steps of an order: which is on its way, and which went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fulfillment.explanations.explanation import Blocker, NextStep, Who
from fulfillment.explanations.facts import Facts, PromisedStep
from fulfillment.explanations.money import mends
from fulfillment.process import STEPS


def next_step(facts: Facts) -> NextStep | None:
    """Give the step that is due or being worked on, or None: the rows of one order and lane go one after the other."""
    work = [step for step in facts.steps if step.lane == "work"]
    own = _first([step for step in work if step.order_id is not None])
    of_its_stock = (step for step in work if step.order_id is None and step.is_live)
    found = own if own is not None and own.is_live else next(of_its_stock, None)
    return None if found is None else NextStep(found.step, found.subject_id, found.due_at, found.handed_out)


def _first(steps: Sequence[PromisedStep]) -> PromisedStep | None:
    """Give the first step of a lane, or the one that is the first to pass those that failed for good."""
    passing = [step for step in steps if not step.dead and passes_dead(step)]
    is_stopped = bool(steps) and steps[0].dead
    return passing[0] if is_stopped and passing else next(iter(steps), None)


def passes_dead(step: PromisedStep) -> bool:
    """Tell whether a step does not wait for those before it that failed for good."""
    return step.step in STEPS and STEPS[step.step].passes_dead


def step_blockers(facts: Facts) -> Iterator[Blocker]:
    """
    Name the steps that failed for good and those that are put off, with their errors.

    A step that has an attempt to move money is named with the attempt, by what became of that.
    """
    told = {attempt.dispatch_id for attempt in facts.attempts if attempt.status in ("unknown", "sending", "failed")}
    for step in facts.steps:
        if step.order_id is not None and step.id not in told:
            if step.dead:
                yield _dead_letter(facts, step)
            elif step.is_postponed:
                yield _postponed(facts, step)


def _dead_letter(facts: Facts, step: PromisedStep) -> Blocker:
    behind = sum(
        1
        for other in facts.steps
        if step.lane == other.lane == "work" and other.id > step.id and not passes_dead(other)
    )
    call = mends(facts, step)
    return Blocker(
        "dead_letter",
        "order",
        facts.order.id,
        step.created_at,
        f"{step.step} failed for good; {behind} steps stand behind it" if behind else f"{step.step} failed for good",
        {
            "dead_letter_id": step.id,
            "step": step.step,
            "failures": step.failures,
            "error": step.error,
            "steps_behind": behind,
        },
        call.who,
        call,
        stands=True,
    )


def _postponed(facts: Facts, step: PromisedStep) -> Blocker:
    return Blocker(
        "step_postponed",
        "order",
        facts.order.id,
        step.created_at,
        f"{step.step} went wrong and is tried again",
        {"step": step.step, "due_at": step.due_at, "failures": step.failures, "error": step.error},
        (Who.SYSTEM,),
    )
