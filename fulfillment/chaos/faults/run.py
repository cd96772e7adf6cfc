"""Orders are worked while a fault goes on; when it is over all must come to its end, and is judged from outside."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, text

from fulfillment.chaos import brokers, evidence
from fulfillment.chaos.crash.desk import Desk, StoryStuck
from fulfillment.chaos.crash.stories import refunded, released_and_canceled, shipped
from fulfillment.chaos.crash.story import Ends, Story, open_for_stories
from fulfillment.chaos.faults.kinds import FAULTS, ONLY_REDIS
from fulfillment.chaos.faults.system import Linked, linked
from fulfillment.chaos.judge import Verdict, judge
from fulfillment.checks.check import check_database
from fulfillment.client.store import Store, open_store
from fulfillment.kernel.say import Say, unsaid

RECOVERED_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 240.0
_STORIES: Final[Sequence[Story]] = (shipped, refunded, released_and_canceled)
_AT_REST: Final = text("SELECT NOT EXISTS (SELECT FROM dispatch WHERE NOT dead)")


@dataclass(frozen=True, slots=True)
class Weathered:
    """One fault: the seconds from its end until everything was at its end, and what is wrong."""

    fault: str
    recovered_in: float
    verdict: Verdict
    problems: list[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, done twice or broken. How long it took is told beside."""
        wrong = self.verdict.lost or self.verdict.duplicate_effects or self.verdict.wrong
        return not (wrong or self.problems)


@dataclass(slots=True)
class Outcome:
    """What all faults came to."""

    weathered: list[Weathered] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def slow(self) -> list[str]:
        """The faults that were not got over in a minute."""
        return [each.fault for each in self.weathered if each.recovered_in > RECOVERED_SECONDS]

    @property
    def is_clean(self) -> bool:
        """Whether every fault was got over in its time, and did no harm."""
        return not self.slow and all(each.is_clean for each in self.weathered)


def run_faults(
    home: Path,
    names: Sequence[str] = tuple(FAULTS),
    *,
    broker: brokers.Kind = "redis",
    seconds: float = 5.0,
    say: Say = unsaid,
) -> Outcome:
    """Let one fault after the other go on for so many seconds, on one system."""
    started = time.monotonic()
    outcome = Outcome()
    with linked(home, broker) as system:
        store = open_store(system.system)
        open_for_stories(store)
        run = _Run(system, store)
        for name in names:
            if broker == "rabbitmq" and name in ONLY_REDIS:
                continue
            weathered = run.weather(name, seconds)
            outcome.weathered.append(weathered)
            said = "well" if weathered.is_clean else f"{weathered.verdict.findings} {weathered.problems}"
            say(f"{name}: {said}, {weathered.recovered_in:.0f} s after its end")
    outcome.seconds = time.monotonic() - started
    return outcome


class _Run:
    def __init__(self, linked: Linked, store: Store) -> None:
        self._linked = linked
        self._store = store
        self._known: set[str] = set()
        self._broken: dict[str, int] = {}

    def weather(self, name: str, seconds: float) -> Weathered:
        """Let the stories begin, then the fault; wait until they have ended and nothing is due."""
        engine = create_engine(self._linked.database_url, isolation_level="AUTOCOMMIT")
        try:
            with ThreadPoolExecutor(len(_STORIES)) as threads:
                lives = [threads.submit(self._live, story) for story in _STORIES]
                FAULTS[name](self._linked, seconds)
                over = time.monotonic()
                told = [life.result() for life in lives]
            problems = [problem for _, _, problem in told if problem]
            if not _rested(engine, until=over + _PATIENCE_SECONDS):
                problems.append("the system did not come to rest")
            recovered_in = time.monotonic() - over
            return Weathered(name, recovered_in, self._judge(engine, told), problems + self._violations(engine))
        finally:
            engine.dispose()

    def _live(self, story: Story) -> tuple[Desk, Ends, str | None]:
        with Desk(self._store, patience=_PATIENCE_SECONDS) as desk:
            try:
                return desk, story(desk), None
            except StoryStuck as stuck:
                return desk, {}, f"{story.__name__}: {stuck}"

    def _judge(self, engine: Engine, told: Sequence[tuple[Desk, Ends, str | None]]) -> Verdict:
        accepted = [each for desk, _, _ in told for each in desk.accepted]
        before, self._known = self._known, self._known | {each.number for each in accepted}
        return judge(
            accepted,
            [each for each in evidence.orders_in(engine) if each.number not in before],
            [each for each in evidence.money_moved(self._linked.gateway_url) if each.order not in before],
            [each for each in evidence.mails_sent(self._linked.system.outbox) if each.order not in before],
            ends={number: end for _, ends, _ in told for number, end in ends.items()},
        )

    def _violations(self, engine: Engine) -> list[str]:
        broken = {each.invariant.name: each.count for each in check_database(self._linked.database_url)}
        broken["dead letters"] = evidence.dead_letters(engine)
        more = {name: count - self._broken.get(name, 0) for name, count in broken.items()}
        self._broken = broken
        return [f"{name}: {count}" for name, count in more.items() if count > 0]


def _rested(engine: Engine, *, until: float) -> bool:
    while time.monotonic() < until:
        with engine.connect() as connection:
            if connection.execute(_AT_REST).scalar_one():
                return True
        time.sleep(0.2)
    return False


def as_object(outcome: Outcome) -> dict[str, Any]:
    """The figures under their plain names."""
    total = [each.verdict for each in outcome.weathered]
    return {
        "faults": {each.fault: round(each.recovered_in, 1) for each in outcome.weathered},
        "recovered_in_a_minute": len(outcome.weathered) - len(outcome.slow),
        "lost": sum(each.lost for each in total),
        "duplicate_effects": sum(each.duplicate_effects for each in total),
        "repeated_mails": sum(each.repeated_mails for each in total),
        "violations": sum(each.wrong for each in total) + sum(len(each.problems) for each in outcome.weathered),
        "findings": [
            f"{each.fault}: {finding}"
            for each in outcome.weathered
            for finding in (*each.verdict.findings, *each.problems)
        ],
        "seconds": round(outcome.seconds, 1),
    }
