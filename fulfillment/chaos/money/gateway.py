"""A gateway that misbehaves as it is told: the other side of every unclear outcome."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from fulfillment.chaos.money.books import Books, Entry
from fulfillment.payments.gateway.port import Answer, History, Request, Result

KEY_LIFE: Final = timedelta(hours=24)
"""As long as gateways usually remember a key. What is sent under it later is done once more."""

_LOST: Final = Answer(Result.UNKNOWN, None, "timeout", "no answer in time")


class Luck(StrEnum):
    """What befalls one request. 'Effect' is the entry in the books."""

    GOOD = "good"
    NO = "no"
    """A clear refusal, whatever was asked."""
    LOST_BEFORE = "lost before"
    """Cut off, or a 500: no effect, no answer."""
    LOST_AFTER = "lost after"
    """A time-out, a cut or a 500 after the effect."""
    DIES_BEFORE = "dies before"
    """The worker dies before its request arrives."""
    DIES_AFTER = "dies after"
    """The worker dies between the effect and writing it down."""
    RIVAL_BEFORE = "rival before"
    """While the request is on its way, the row is handed out again, and another worker is done with it first."""
    RIVAL_AFTER = "rival after"
    """While the answer is on its way, the row is handed out again, and another worker is done with it first."""
    CANCELED_MEANWHILE = "canceled meanwhile"
    """A person cancels the order while its request is on its way."""


class WorkerDied(BaseException):
    """Whoever asked is gone: nothing may catch this but who stands for the operating system."""


@dataclass
class BookedGateway:
    """
    Approves all that its books allow, but for the declined token. `luck` is for the next requests, one each.

    `deaf` is how many of the next questions it cannot be asked. `meanwhile` does what a stroke of luck lets others do.
    """

    books: Books
    meanwhile: Callable[[Luck, Request], None]
    luck: deque[Luck] = field(default_factory=deque)
    struck: Counter[Luck] = field(default_factory=Counter)
    deaf: int = 0

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """Decide, unless luck is against it."""
        return [self._meet(request, self.luck.popleft() if self.luck else Luck.GOOD) for request in requests]

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """Say what became of requests by their keys, as far back as it remembers them."""
        return [_LOST if self._is_deaf() else self._say(request.key) for request in requests]

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """Tell everything that happened to authorizations."""
        return [_LOST if self._is_deaf() else self.books.history(reference) for reference in references]

    def close(self) -> None:
        """Hold nothing."""

    def _is_deaf(self) -> bool:
        self.deaf -= self.deaf > 0
        return self.deaf > 0

    def _say(self, key: str) -> Answer | None:
        found = self._remembered(key)
        return None if found is None else _answer(found)

    def _meet(self, request: Request, luck: Luck) -> Answer:
        self.struck[luck] += 1
        if luck is Luck.DIES_BEFORE:
            raise WorkerDied
        if luck is Luck.LOST_BEFORE:
            return _LOST
        if luck in (Luck.RIVAL_BEFORE, Luck.CANCELED_MEANWHILE):
            self.meanwhile(luck, request)
        entry = self._remembered(request.key) or self.books.decide(request, refused=luck is Luck.NO)
        if luck is Luck.DIES_AFTER:
            raise WorkerDied
        if luck is Luck.RIVAL_AFTER:
            self.meanwhile(luck, request)
        return _LOST if luck is Luck.LOST_AFTER else _answer(entry)

    def _remembered(self, key: str) -> Entry | None:
        found = self.books.moved(key)
        return found if found is not None and self.books.clock() - found.at < KEY_LIFE else None


def _answer(entry: Entry) -> Answer:
    if entry.succeeded:
        return Answer(Result.SUCCEEDED, entry.reference, None, None, entry.ends)
    return Answer(Result.FAILED, None, entry.code, "The gateway says no.")
