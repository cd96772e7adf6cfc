"""A walk: rules drawn at random from a seed, over one stage after the other, until so many steps are done."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from traceback import extract_tb
from typing import Any, Final

from fulfillment.chaos.money.gateway import Luck
from fulfillment.chaos.money.machine import Machine, begin
from fulfillment.chaos.money.rules import RULES
from fulfillment.runtime.interrupts import Noted
from fulfillment.wiring import Services

STEPS_PER_STAGE: Final = 120
"""More than an order's whole life; on a longer one most steps would find only orders that are long closed."""

_TOLD: Final = 20
"""So many stages that went wrong are enough to look into."""

_LAST_RULES: Final = 12


@dataclass(slots=True)
class Outcome:
    """What a walk came to. `findings` tell of each stage that went wrong, with the rules that led there."""

    seed: int
    steps: int = 0
    stages: int = 0
    violations: int = 0
    differences: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    struck: Counter[Luck] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    interrupted_by: int | None = None
    """The signal that ended it before its time."""

    @property
    def is_clean(self) -> bool:
        """Whether every identity held after every step, and ledger and journal agreed at every rest."""
        return not self.violations and not self.differences


def walk(
    services: Services,
    *,
    seed: int,
    steps: int,
    first_stage: int = 0,
    most_seconds: float = float("inf"),
    most_findings: int = _TOLD,
    on_step: Callable[[Outcome], None] = lambda _: None,
    asked: Noted | None = None,
) -> Outcome:
    """
    Do `steps` rules in stages of some hundred, from `first_stage` of this seed on; each is brought to rest and judged.

    Ends sooner after `most_seconds`, when so many stages have gone wrong, or when it is `asked` to: the stage that it is in is
    brought to rest and judged then, too.
    """
    outcome, asked = Outcome(seed), asked or Noted()
    started = time.monotonic()
    while outcome.steps < steps and outcome.seconds < most_seconds and len(outcome.findings) < most_findings:
        if asked.signum is not None:
            outcome.interrupted_by = asked.signum
            break
        # Each stage has a seed of its own, so that one that went wrong can be had again without those before it.
        chance = random.Random(f"{seed}-{first_stage + outcome.stages}")
        machine = begin(services)
        most_steps = min(STEPS_PER_STAGE, steps - outcome.steps)
        try:
            _one_stage(machine, chance, most_steps, outcome, on_step, asked)
        except Exception as error:  # noqa: BLE001 - whatever is raised is a finding, and the walk goes on
            machine.violations.append(_raised(error))
        _note(outcome, machine, first_stage + outcome.stages, most_steps)
        outcome.seconds = time.monotonic() - started
    return outcome


def as_object(outcome: Outcome) -> dict[str, Any]:
    """The figures under their plain names."""
    return {
        "seed": outcome.seed,
        "steps": outcome.steps,
        "orders": outcome.counts["orders"],
        "requests": outcome.struck.total(),
        "faults": outcome.struck.total() - outcome.struck[Luck.GOOD],
        "deaths": outcome.counts["deaths"],
        "at_desk": outcome.counts["at the desk"],
        "events": outcome.counts["events"],
        "refused": outcome.counts["refused"],
        "decided_by_hand": outcome.counts["decided by hand"],
        "violations": outcome.violations,
        "differences": outcome.differences,
        "findings": outcome.findings,
        "interrupted": outcome.interrupted_by is not None,
        "seconds": round(outcome.seconds, 1),
    }


def _one_stage(
    machine: Machine,
    chance: random.Random,
    steps: int,
    outcome: Outcome,
    on_step: Callable[[Outcome], None],
    asked: Noted,
) -> None:
    weights = [rule.weight for rule in RULES]
    for rule in chance.choices(RULES, weights, k=steps):
        if asked.signum is not None:
            break
        machine.do(rule, {name: chance.choice(choices) for name, choices in rule.choices.items()})
        outcome.steps += 1
        on_step(outcome)
        if not machine.is_clean:
            return
    machine.rest()


def _raised(error: Exception) -> str:
    ours = [
        f"{frame.name}:{frame.lineno}" for frame in extract_tb(error.__traceback__) if "fulfillment" in frame.filename
    ]
    return f"raised {type(error).__name__}: {error} (in {' > '.join(ours[-5:])})"


def _again(seed: int, stage: int, steps: int) -> str:
    return f"fulfillment chaos money --processes 1 --seed {seed} --stage {stage} --steps {steps}"


def _note(outcome: Outcome, machine: Machine, stage: int, most_steps: int) -> None:
    outcome.counts += machine.stage.counts
    outcome.struck += machine.stage.gateway.struck
    outcome.violations += len(machine.violations)
    outcome.differences += len(machine.differences)
    found = [*machine.violations, *machine.differences]
    if found:
        led_there = " > ".join(machine.history[-_LAST_RULES:])
        outcome.findings.append(
            f"stage {stage} of seed {outcome.seed}: {found[0]} (after {led_there}; {_again(outcome.seed, stage, most_steps)})"
        )
    outcome.stages += 1
