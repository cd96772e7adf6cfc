"""What a simulator tells by itself: events, signed, and told again until they are taken."""

import heapq
import itertools
import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from fulfillment.kernel.webhook import secret_bytes, signed_headers
from web.simulators.faults import WEBHOOK, Faults, Kind, Plan

PAUSES = (1.0, 5.0, 30.0, 300.0, 1800.0)  # Seconds before an event that nobody took is told again.
TIMEOUT = 10.0
TIMES = 3  # How often a repeated event is told.
KEPT = 10_000  # Deliveries that can be looked at afterwards.
FORGER = b"not the secret of this endpoint"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go, what they are signed with, and how many seconds after the decision they leave."""

    url: str
    secret: str
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell an event; `status` is None where nobody answered."""

    event: str
    at: float
    forged: bool
    status: int | None


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    event: str = field(compare=False)
    body: bytes = field(compare=False)
    forged: bool = field(compare=False, default=False)
    failures: int = field(compare=False, default=0)


class Webhooks:
    """
    Events on their way, in the memory of the process: a kill loses them, and they are hints.

    A thread tells them, started with the first. Faults aimed at `webhook` make it misbehave.
    """

    def __init__(self, endpoint: Endpoint | None, faults: Faults) -> None:
        self._endpoint = endpoint
        self._secret = b"" if endpoint is None else secret_bytes(endpoint.secret)
        self._faults = faults
        self._numbers = itertools.count()
        self._dice = random.Random(0)  # noqa: S311  repeatable
        self._due: list[_Due] = []
        self._untold = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)

    def tell(self, event: str, body: bytes) -> None:
        """Let the merchant know of something, later; `event` is its id, the same however often it is told."""
        if self._endpoint is None:
            return
        plans = self._faults.draw_all(WEBHOOK)
        kinds = {plan.kind: plan for plan in plans}
        if Kind.LOST in kinds:
            return
        if Kind.FORGED in kinds:
            self._add(event, body, 0.0, forged=True)
        for _ in range(TIMES if Kind.REPEAT in kinds else 1):
            self._add(event, body, self._endpoint.delay + self._later(kinds))

    def waiting(self) -> int:
        """How many are still to be told, the one that is being told among them."""
        with self._changed:
            return self._untold

    def _later(self, kinds: dict[Kind, Plan]) -> float:
        late = kinds[Kind.LATE].seconds if Kind.LATE in kinds else 0.0
        return late + (self._dice.uniform(0, kinds[Kind.REORDER].seconds) if Kind.REORDER in kinds else 0.0)

    def _add(self, event: str, body: bytes, seconds: float, *, forged: bool = False) -> None:
        with self._changed:
            heapq.heappush(self._due, _Due(time.time() + seconds, next(self._numbers), event, body, forged))
            self._untold += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
            while True:
                due = self._next()
                status = self._post(client, due)
                self.deliveries.append(Delivery(due.event, time.time(), due.forged, status))
                self._settle(due, taken=due.forged or (status is not None and status // 100 == 2))  # noqa: PLR2004

    def _next(self) -> _Due:
        with self._changed:
            while not self._due or (left := self._due[0].at - time.time()) > 0:
                self._changed.wait(left if self._due else None)
            return heapq.heappop(self._due)

    def _post(self, client: httpx.Client, due: _Due) -> int | None:
        assert self._endpoint is not None
        secret = FORGER if due.forged else self._secret
        headers = signed_headers(secret, due.event, due.body, at=datetime.now(UTC))
        try:
            return client.post(
                self._endpoint.url, content=due.body, headers={**headers, "Content-Type": "application/json"}
            ).status_code
        except httpx.HTTPError as error:
            log.info("webhook.undelivered event=%s error=%s", due.event, error)
            return None

    def _settle(self, due: _Due, *, taken: bool) -> None:
        with self._changed:
            if taken or due.failures >= len(PAUSES):
                self._untold -= 1
                return
            due.at = time.time() + PAUSES[due.failures]
            due.failures += 1
            heapq.heappush(self._due, due)
