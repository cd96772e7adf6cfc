"""All pairs of acts, in each situation in which both have an effect; or as many of them as are wanted, drawn from a seed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fulfillment.chaos.interleavings.acts import ACTS
from fulfillment.chaos.interleavings.ends import difference
from fulfillment.chaos.interleavings.race import End, Pair, Right, alone, broken, race, without
from fulfillment.chaos.interleavings.situations import SITUATIONS
from fulfillment.chaos.money.stage import Stage, set_stage
from fulfillment.db.migrate import upgrade
from fulfillment.kernel.say import Say, unsaid
from fulfillment.runtime import databases, postgres
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings
from fulfillment.wiring import Services, build

_CONNECTIONS: Final = 8
_RACES_PER_STAGE: Final = 40
_TOLD: Final = 50


@dataclass(slots=True)
class Outcome:
    """What the races came to. `wrong` are ends that no order of the two explains."""

    situations: int = 0
    pairs: int = 0
    races: int = 0
    wrong: int = 0
    violations: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether each race ended as one after the other would have, and every invariant held."""
        return not (self.wrong or self.violations)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which pairs, and at how many points of the first act it is held: the last one always, others by chance."""

    pairs: int | None = None
    pauses: int = 2
    seed: int = 1
    situations: tuple[str, ...] = ()


def run_interleavings(folder: Path, plan: Plan, *, say: Say = unsaid) -> Outcome:
    """Race on a database of its own, which is thrown away with its folder."""
    with Supervisor(folder / "logs") as supervisor:
        server = postgres.cluster(folder, durable=False)
        server.start(supervisor)
        url = databases.create(server.url(), "chaos")
        upgrade(url)
        settings = Settings.for_trial(
            database_url=url, gateway_url="approve:", fulfillment_home=folder, mail_url=None, log_level="ERROR"
        )
        with closing(build(settings, pool_size=_CONNECTIONS)) as services:
            return interleave(services, plan, say=say)


def interleave(services: Services, plan: Plan, *, say: Say = unsaid) -> Outcome:
    """Race on the database of these services, which is emptied."""
    started = time.monotonic()
    outcome = Outcome()
    chance = random.Random(plan.seed)
    for situation in plan.situations or SITUATIONS:
        stage = set_stage(services)
        nothing = without(stage, situation)
        points = {act: n for act in ACTS if (n := alone(stage, situation, act, nothing))}
        pairs = [Pair(situation, first, second) for first in points for second in points]
        if plan.pairs is not None:
            pairs = chance.sample(pairs, min(len(pairs), -(-plan.pairs // len(plan.situations or SITUATIONS))))
        outcome.situations += 1
        for n, pair in enumerate(pairs, start=1):
            if n % _RACES_PER_STAGE == 0:
                stage = set_stage(services)
            outcome.pairs += 1
            _race(stage, pair, points[pair.first], plan.pauses, chance, outcome)
        outcome.seconds = time.monotonic() - started
        say(f"{situation}: {len(points)} acts, {len(pairs)} pairs, {len(outcome.findings)} findings so far")
        if len(outcome.findings) >= _TOLD:
            break
    outcome.seconds = time.monotonic() - started
    return outcome


def _race(stage: Stage, pair: Pair, points: int, pauses: int, chance: random.Random, outcome: Outcome) -> None:
    right = Right(pair)
    for held_before in _held(points, pauses, chance):
        outcome.races += 1
        where = f"{pair}; the first held before {held_before} of {points}"
        try:
            end = race(stage, pair, held_before)
            if not right.admits(stage, end):
                outcome.wrong += 1
                outcome.findings.append(f"{where}: {_unlike(end, right)}")
            found = broken(stage)
        except Exception as error:  # noqa: BLE001 - whatever is raised is a finding, and the races go on
            found = [f"raised {type(error).__name__}: {error}"]
        outcome.violations += len(found)
        outcome.findings += [f"{where}: {each}" for each in found]


def _held(points: int, pauses: int, chance: random.Random) -> Iterator[int]:
    """Before the last point, which is the last commit, and before others behind the first."""
    yield points
    between = range(2, points)
    yield from chance.sample(between, min(len(between), pauses - 1))


def _unlike(end: End, right: Right) -> str:
    nearest = min(right.known, key=lambda each: len(difference(end[2], each[2])))
    return f"{end[:2]} and not {[each[:2] for each in right.known]}; {difference(end[2], nearest[2])}"


def as_object(outcome: Outcome) -> dict[str, Any]:
    """The figures under their plain names."""
    return {
        "situations": outcome.situations,
        "pairs": outcome.pairs,
        "races": outcome.races,
        "wrong": outcome.wrong,
        "violations": outcome.violations,
        "findings": outcome.findings,
        "seconds": round(outcome.seconds, 1),
    }
