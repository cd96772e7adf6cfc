"""
The matrix: find the points, kill at each of them while people go about their stories, and judge every round.

One round kills once or twice in each step, sweep and route, all stories at the same time: a process that was killed is
started again, the stories go on to their end, and only then is there a judgement.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fulfillment.chaos.crash.agenda import Agenda
from fulfillment.chaos.crash.points import SIDES, Board, point, scope_of
from fulfillment.chaos.crash.receiver import Receiver
from fulfillment.chaos.crash.rounds import Rounds, Told
from fulfillment.chaos.crash.stories import STORIES, refunded, shipped
from fulfillment.chaos.crash.story import Story, open_for_parcels, open_for_stories
from fulfillment.chaos.crash.system import watched
from fulfillment.chaos.crash.watch import ports
from fulfillment.chaos.judge import Verdict
from fulfillment.client.store import open_store
from fulfillment.kernel.say import Say, unsaid
from fulfillment.process import STEPS, SWEEPS
from fulfillment.workflow.run import runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which broker, and which part of the matrix: all steps, sweeps and routes, or those of which the names are in `only`."""

    broker_url: str | None = None
    only: tuple[str, ...] = ()
    stories: Sequence[Story] = STORIES
    """What happens in rounds that kill; to find the points all of them happen."""
    most_rounds: int | None = None
    seed: int = 1


def short_plan(seed: int = 1) -> Plan:
    """Give a plan of one step of each kind of runner, one sweep and the checkout, and of a few rounds."""
    of_each_kind = {runner(step): step for step in reversed(STEPS)}
    only = (*of_each_kind.values(), next(iter(SWEEPS)), _CHECKOUT)
    return Plan(only=only, stories=_SHORT_STORIES, most_rounds=_SHORT_ROUNDS, seed=seed)


_SHORT_ROUNDS: Final = 1
_SHORT_STORIES: Final = (shipped, refunded)
_CHECKOUT: Final = "POST /v1/checkouts"


@dataclass(slots=True)
class Outcome:
    """What a matrix came to. `left` are points that there was no round for."""

    points: set[str] = field(default_factory=set)
    struck: set[str] = field(default_factory=set)
    never_reached: set[str] = field(default_factory=set)
    left: int = 0
    rounds: int = 0
    orders: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    violations: int = 0
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, nothing done twice, every invariant held, and no point was missed."""
        spoiled = self.verdict.lost or self.verdict.duplicate_effects or self.violations or self.broken
        return not (spoiled or self.never_reached)

    def add(self, told: Told) -> None:
        """Add up what a round came to."""
        self.rounds += 1
        self.orders += told.orders
        self.violations += told.violations + told.verdict.wrong
        self.verdict.lost += told.verdict.lost
        self.verdict.duplicate_effects += told.verdict.duplicate_effects
        self.verdict.repeated_mails += told.verdict.repeated_mails
        self.verdict.findings += told.verdict.findings
        self.broken += told.problems
        if told.verdict.findings or told.problems:
            self.broken.append(f"round {self.rounds}; killed at: {', '.join(sorted(told.struck)) or 'nowhere'}")


def required() -> set[str]:
    """
    Give the points that each step and sweep must have, by the process table alone.

    Each step is handed out, published, committed and acknowledged; each sweep is published by the beat.
    """
    acts = [(step, "relay", act) for step in STEPS for act in ("commit", "publish")]
    acts += [(sweep, "beat", "publish") for sweep in SWEEPS]
    acts += [(name, "worker", act) for name in (*STEPS, *SWEEPS) for act in ("commit", "ack")]
    return {point(name, process, act, 1, side) for name, process, act in acts for side in SIDES}


def run_matrix(home: Path, plan: Plan, *, say: Say = unsaid) -> Outcome:
    """Kill a system at every point of the plan, in a data folder of its own."""
    started = time.monotonic()
    outcome = Outcome()
    board = Board(home / "points")
    with Receiver() as receiver, watched(home / "system", board, broker_url=plan.broker_url) as system:
        store = open_store(system)
        open_for_stories(store)
        open_for_parcels(store)
        receiver.subscribe(store)
        board.forget_passed()
        with Rounds(system, store, board, receiver) as rounds:
            _strike(rounds, board, plan, outcome, say)
    outcome.seconds = time.monotonic() - started
    return outcome


def _strike(rounds: Rounds, board: Board, plan: Plan, outcome: Outcome, say: Say) -> None:
    """Walk through once to find the points, then round by round strike each."""
    outcome.add(rounds.run([], awaited=[each for each in required() if scope_of(each) in SWEEPS]))
    agenda = Agenda(_wanted(board.passed(), plan.only), seed=plan.seed)
    say(f"{len(agenda.points)} points found")
    while (armed := agenda.next()) and (plan.most_rounds is None or outcome.rounds <= plan.most_rounds):
        told = rounds.run(armed, stories=plan.stories)
        outcome.add(told)
        agenda.note(armed, told.struck, _wanted(board.passed(), plan.only))
        found = "; ".join([*told.verdict.findings, *told.problems]) or "nothing wrong"
        say(f"round {outcome.rounds}: {len(told.struck)} killed, {agenda.left()} points to go, {found}")
    outcome.points, outcome.struck, outcome.left = agenda.points, agenda.struck, agenda.left()
    outcome.never_reached = agenda.given_up | missing(board.passed(), calls=not plan.only)


def missing(passed: set[str], *, calls: bool = True) -> set[str]:
    """Give what should have been passed and was not: points of the process table, and `calls` that nobody made."""
    points = required() - passed
    if calls:
        known = {f"{port}.{call}" for port, its_calls in ports() for call in its_calls}
        points |= {call for call in known if not any(f" {call}-" in each for each in passed)}
    return points


def _wanted(points: set[str], only: tuple[str, ...]) -> set[str]:
    return {each for each in points if not only or scope_of(each) in only}


def as_object(outcome: Outcome) -> dict[str, Any]:
    """The figures under their plain names."""
    return {
        "points": len(outcome.points),
        "kills": len(outcome.struck),
        "left": outcome.left,
        "never_reached": sorted(outcome.never_reached),
        "rounds": outcome.rounds,
        "orders": outcome.orders,
        "lost": outcome.verdict.lost,
        "duplicate_effects": outcome.verdict.duplicate_effects,
        "repeated_mails": outcome.verdict.repeated_mails,
        "violations": outcome.violations,
        "findings": [*outcome.verdict.findings, *outcome.broken],
        "seconds": round(outcome.seconds, 1),
    }
