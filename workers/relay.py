"""
The relay: hands rows that are due to Celery, in sets.

It keeps nothing. Killed after its commit and before it published, the leases run out and the rows are handed out again;
killed after it published, the fence turns the second message into nothing. As many relays as wanted may run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import structlog
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import OperationalError as BrokerError
from kombu.messaging import Producer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from fulfillment.dispatch.claims import Claim, anything_due, lease_due, postpone
from fulfillment.dispatch.sets import into_sets
from fulfillment.process import STEPS
from fulfillment.wiring import Services

log = structlog.get_logger()

_Producer: Any = Producer  # kombu types only a part of itself

MOST_ROWS: Final = 4000
"""Rows leased at once: several sets of every step."""

MOST_WAITING: Final = 1
"""Messages a queue may have waiting. The table is the buffer; the broker is a short pipe."""

_SHORTEST_PAUSE: Final = 0.02
_PAUSE_PER_ROW: Final = 0.001
_LONGEST_PAUSE: Final = 0.5
_PAUSE_AFTER_TROUBLE: Final = 1.0


class Relay:
    """One relay: a database session now and then, and one connection to the broker."""

    def __init__(self, services: Services, app: Celery) -> None:
        """Connect to nothing yet."""
        self._services = services
        self._app = app
        self._queues: dict[str, Any] = {queue.name: queue for queue in app.conf.task_queues}
        self._connection: Connection | None = None

    def run(self, *, until: Callable[[], bool]) -> None:
        """Hand out rows until told to stop; outlive any outage of the database or the broker."""
        while not until():
            try:
                time.sleep(_pause_after(self.hand_out()))
            except self._troubles() as trouble:
                log.warning("relay.trouble", error=f"{type(trouble).__name__}: {trouble}"[:300])
                self._disconnect()
                time.sleep(_PAUSE_AFTER_TROUBLE)
        self._disconnect()

    def hand_out(self) -> int:
        """Lease what is due and publish it; give how many rows."""
        connection = self._connected()
        if not self._anything_due():
            return 0
        full = self._full_queues(connection)
        leaving_out = [step for step, travel in STEPS.items() if travel.queue in full]
        with self._services.transaction() as session:
            leased = lease_due(
                session,
                most=MOST_ROWS,
                lease_seconds=self._services.settings.lease_seconds,
                leaving_out=leaving_out,
            )
        sets = list(into_sets(leased))
        for n, (step, claims) in enumerate(sets):
            try:
                self._publish(connection, step, claims)
            except Exception:
                self._give_back([claim for _, rest in sets[n:] for claim in rest])
                raise
        return len(leased)

    def _anything_due(self) -> bool:
        """Look before asking every queue how long it is: most looks of an idle relay find nothing."""
        with self._services.autocommit() as session:
            return anything_due(session)

    def _publish(self, connection: Connection, step: str, claims: Sequence[Claim]) -> None:
        self._app.send_task(
            step,
            kwargs={"rows": [[claim.id, claim.fence] for claim in claims]},
            queue=STEPS[step].queue,
            producer=self._producer(connection),
            argsrepr="",
            kwargsrepr=f"{len(claims)} rows",
        )

    def _give_back(self, claims: Sequence[Claim]) -> None:
        """Make rows due again that could not be published. One that was published after all does no harm."""
        with self._services.transaction() as session:
            postpone(session, claims, seconds=_PAUSE_AFTER_TROUBLE, error="the broker did not take the message")

    def _full_queues(self, connection: Connection) -> set[str]:
        channel = connection.default_channel
        declared: dict[str, Any] = {name: queue(channel).queue_declare() for name, queue in self._queues.items()}
        return {name for name, found in declared.items() if found.message_count >= MOST_WAITING}

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._app.connection_for_write()
            self._connection.ensure_connection(max_retries=1)
        return self._connection

    def _producer(self, connection: Connection) -> Any:
        return _Producer(connection.default_channel, auto_declare=False)

    def _troubles(self) -> tuple[type[Exception], ...]:
        """What may go wrong outside. Nothing was lost by it: the rows are still there."""
        broker = self._connection
        of_broker = (*broker.connection_errors, *broker.channel_errors) if broker is not None else ()
        return (DBAPIError, PoolTimeoutError, OSError, BrokerError, *of_broker)

    def _disconnect(self) -> None:
        if self._connection is not None:
            cast("Any", self._connection).close()
            self._connection = None


def _pause_after(rows: int) -> float:
    """
    Wait longer after a large hand-out: the next one is larger too, and sets are what is cheap.

    After one that took all it may take there is more already: no wait makes the next one larger.
    """
    if rows >= MOST_ROWS:
        return _SHORTEST_PAUSE
    return min(_LONGEST_PAUSE, _SHORTEST_PAUSE + _PAUSE_PER_ROW * rows)
