"""A round: arm some points, let all stories happen at the same time, wait for rest, and judge from outside."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import create_engine, text

from fulfillment.chaos import evidence
from fulfillment.chaos.accepted import Accepted
from fulfillment.chaos.crash.desk import Desk, StoryStuck
from fulfillment.chaos.crash.points import Board, scope_of
from fulfillment.chaos.crash.receiver import Receiver
from fulfillment.chaos.crash.stories import STORIES
from fulfillment.chaos.crash.story import Ends, Story
from fulfillment.chaos.judge import Verdict, judge
from fulfillment.checks.check import check_database
from fulfillment.client.store import Store
from fulfillment.process import SWEEPS
from fulfillment.runtime.system import System

# On a busy machine all is slow, and nothing is wrong.
_REST_SECONDS: Final = 600.0
_SWEEPS_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.1

_AT_REST: Final = text("SELECT NOT EXISTS (SELECT FROM dispatch WHERE NOT dead)")


@dataclass(frozen=True, slots=True)
class Told:
    """What one round came to. `problems` are sentences about what is wrong beside the verdict."""

    struck: set[str]
    orders: int
    verdict: Verdict
    violations: int
    problems: list[str]


@dataclass(frozen=True, slots=True)
class _Lived:
    accepted: list[Accepted]
    ends: Ends
    problem: str | None = None


class Rounds:
    """Rounds on one system, each judged by its own orders. Use it as a context manager."""

    def __init__(self, system: System, store: Store, board: Board, receiver: Receiver | None = None) -> None:
        """The store must be open for the stories; a `receiver` must have subscribed to it."""
        self._receiver = receiver
        self._system = system
        self._store = store
        self._board = board
        self._engine = create_engine(system.database_url, isolation_level="AUTOCOMMIT")
        self._known: set[str] = set()
        self._broken: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def run(self, armed: Sequence[str], *, awaited: Collection[str] = (), stories: Sequence[Story] = STORIES) -> Told:
        """Let processes be killed at these points, once at each; wait some seconds for points that are to be passed."""
        for each in armed:
            self._board.arm(each)
        with ThreadPoolExecutor(len(stories)) as threads:
            lived = list(threads.map(self._live, stories))
        problems = [each.problem for each in lived if each.problem]
        if not self._rest(armed, awaited):
            problems.append("the system did not come to rest")
        struck = {each for each in armed if not self._board.disarm(each)}
        verdict = self._judge(lived)
        violations = self._violations(problems)
        return Told(struck, sum(len(each.accepted) for each in lived), verdict, violations, problems)

    def _live(self, story: Story) -> _Lived:
        with self._desk() as desk:
            try:
                return _Lived(desk.accepted, story(desk))
            except StoryStuck as stuck:
                stand = evidence.standings(self._engine, [each.number for each in desk.accepted])
                return _Lived(desk.accepted, {}, "; ".join([f"{story.__name__}: {stuck}", *stand]))

    def _desk(self) -> Desk:
        system = self._system
        return Desk(
            self._store,
            carrier_url=system.settings.carrier_url,
            database_url=system.database_url,
            at_work=lambda: not self._nothing_is_due(),
        )

    def _rest(self, armed: Sequence[str], awaited: Collection[str]) -> bool:
        """Wait until nothing is due; sweeps get some seconds to come."""
        started = time.monotonic()
        sweeps = [each for each in armed if scope_of(each) in SWEEPS]
        while (waited := time.monotonic() - started) < _REST_SECONDS:
            sweeping = any(self._board.is_armed(each) for each in sweeps) or not self._board.passed().issuperset(
                awaited
            )
            if not (sweeping and waited < _SWEEPS_SECONDS) and self._nothing_is_due():
                return True
            time.sleep(_PAUSE_SECONDS)
        return False

    def _nothing_is_due(self) -> bool:
        with self._engine.connect() as connection:
            return bool(connection.execute(_AT_REST).scalar_one())

    def _judge(self, lived: Sequence[_Lived]) -> Verdict:
        """Judge by this round's orders, and by those that nobody was told of."""
        accepted = [each for life in lived for each in life.accepted]
        told = {each.number for each in accepted}
        before = self._known
        self._known = before | told
        ends = {number: end for life in lived for number, end in life.ends.items()}
        verdict = judge(
            accepted,
            [each for each in evidence.orders_in(self._engine) if each.number not in before],
            [each for each in self._effects() if each.order not in before],
            [each for each in evidence.mails_sent(self._system.outbox) if each.order not in before],
            ends=ends,
        )
        if self._receiver is not None:
            self._receiver.judge(verdict, ends)
        return verdict

    def _effects(self) -> list[evidence.Effect]:
        """What the gateway and the carrier say that they did."""
        carrier_url = self._system.settings.carrier_url
        assert carrier_url is not None
        return [*evidence.money_moved(self._system.gateway_url), *evidence.labels_sold(carrier_url)]

    def _violations(self, problems: list[str]) -> int:
        """Count what is broken beyond what was broken before."""
        broken = {each.invariant.name: each.count for each in check_database(self._system.database_url)}
        broken["dead letters"] = evidence.dead_letters(self._engine)
        more = {name: count - self._broken.get(name, 0) for name, count in broken.items()}
        self._broken = broken
        problems += [f"{name}: {count}" for name, count in more.items() if count > 0]
        return sum(count for count in more.values() if count > 0)
