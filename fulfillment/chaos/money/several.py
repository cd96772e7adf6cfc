"""Several walks at once: a process, a seed and a database for each, and their figures in one."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

from fulfillment import logs
from fulfillment.chaos.money.run import run_walk
from fulfillment.chaos.money.walk import Outcome
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.interrupts import Interrupted, interruptible, noted

LOG_LEVEL: Final = "ERROR"
"""What a walk logs: its clock is not the wall's, so that alarms of the schedule go off all the time."""

_SECONDS_TO_END: Final = 30.0
"""As long as a process may take to stop its database."""

_LOOKED_UP_AFTER: Final = 0.5
"""Seconds after which whoever waits for the walks looks whether anybody wants them to end."""

_TOLD_EACH: Final = 20
"""So many steps are told of at once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process walks: see `walk`."""

    seed: int
    steps: int
    first_stage: int = 0
    most_seconds: float = float("inf")
    sabotage: str | None = None


def run_walks(folder: Path, plan: Plan, *, processes: int, on_step: Callable[[int], None]) -> list[Outcome]:
    """
    Walk with the seed of the plan and those that follow it, a process for each; its steps are shared out among them.

    `on_step` is told how many steps are done in all. A signal ends all of them, and what they found until then is given.
    Raises CannotStart where a process ended before its walk.
    """
    share, rest = divmod(plan.steps, processes)
    plans = [replace(plan, seed=plan.seed + n, steps=share + (n < rest)) for n in range(processes)]
    if processes == 1:
        return [_walk(folder, plan, lambda so_far: on_step(so_far.steps))]
    outcomes = {each.seed: Outcome(each.seed) for each in plans}
    with interruptible(), noted() as asked, _walking(folder, plans) as (pipes, end):
        is_told = False
        while pipes:
            for pipe in wait(pipes, _LOOKED_UP_AFTER):
                assert isinstance(pipe, Pipe)
                so_far, is_over = _received(pipe)
                outcomes[so_far.seed] = so_far
                on_step(sum(outcome.steps for outcome in outcomes.values()))
                if is_over:
                    pipes.remove(pipe)
            if asked.signum is not None and not is_told:
                is_told = True
                end()
    return [outcomes[each.seed] for each in plans]


def added_up(outcomes: list[Outcome]) -> Outcome:
    """Make one of all: the sums, but for the seconds, which passed for all of them at once."""
    total = Outcome(outcomes[0].seed)
    for each in outcomes:
        total.steps += each.steps
        total.stages += each.stages
        total.violations += each.violations
        total.differences += each.differences
        total.seconds = max(total.seconds, each.seconds)
        total.counts += each.counts
        total.struck += each.struck
        total.findings += each.findings
        total.interrupted_by = total.interrupted_by or each.interrupted_by
    return total


@contextmanager
def _walking(folder: Path, plans: list[Plan]) -> Iterator[tuple[list[Pipe], Callable[[], None]]]:
    """Give what the processes tell through, and what asks them all to end."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for plan in plans:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_process, args=(folder / str(plan.seed), plan, theirs))
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)

    def end() -> None:
        for process in processes:
            process.terminate()

    try:
        yield pipes, end
    finally:
        if pipes:  # not all of them are over
            end()
        for process in processes:
            process.join(_SECONDS_TO_END)


def _received(pipe: Pipe) -> tuple[Outcome, bool]:
    try:
        said: tuple[Outcome, bool] | str = pipe.recv()
    except EOFError:
        said = "without a word"
    if isinstance(said, str):
        raise CannotStart(f"a walk ended before its end: {said}")
    return said


def _process(folder: Path, plan: Plan, pipe: Pipe) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us is asked, and asks us
    logs.configure(LOG_LEVEL)

    def tell(so_far: Outcome) -> None:
        if so_far.steps % _TOLD_EACH == 0:
            pipe.send((so_far, False))

    try:
        pipe.send((_walk(folder, plan, tell), True))
    except CannotStart as error:
        pipe.send(str(error))
    except Interrupted as interrupted:  # before the first step
        pipe.send((Outcome(plan.seed, interrupted_by=interrupted.signal.value), True))
    except Exception:
        pipe.send(traceback.format_exc())
        raise


def _walk(folder: Path, plan: Plan, on_step: Callable[[Outcome], None]) -> Outcome:
    return run_walk(
        folder,
        seed=plan.seed,
        steps=plan.steps,
        first_stage=plan.first_stage,
        most_seconds=plan.most_seconds,
        sabotage=plan.sabotage,
        on_step=on_step,
    )
