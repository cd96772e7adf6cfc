"""A gateway with books of its own, which misbehaves as it is told: the other side of every unclear outcome."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fulfillment.payments.gateway.port import Answer, History, Operation, Request, Result, Transaction, TransactionKind

KEY_LIFE: Final = timedelta(hours=24)
"""As long as gateways usually remember a key. What is sent under it later is done once more."""

DECLINED: Final = "tok_declined"

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


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision of the gateway. `amount` is minor units; `code` is set where it said no."""

    key: str
    operation: Operation
    amount: int
    currency: str
    order: str
    authorization: str
    reference: str
    code: str | None
    at: datetime

    @property
    def succeeded(self) -> bool:
        """Whether money moved."""
        return self.code is None


@dataclass
class BookedGateway:
    """
    Approves all that its books allow, but for the declined token. `luck` is for the next requests, one each.

    `deaf` is how many of the next questions it cannot be asked. `meanwhile` does what a stroke of luck lets others do.
    """

    clock: Callable[[], datetime]
    meanwhile: Callable[[Luck, Request], None]
    luck: deque[Luck] = field(default_factory=deque)
    journal: list[Entry] = field(default_factory=list)
    struck: Counter[Luck] = field(default_factory=Counter)
    deaf: int = 0

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """Decide, unless luck is against it."""
        return [self._meet(request, self.luck.popleft() if self.luck else Luck.GOOD) for request in requests]

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """Say what became of requests by their keys, as far back as it remembers them."""
        return [self._say(request.key) for request in requests]

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """Tell everything that happened to authorizations."""
        return [self._tell(reference) for reference in references]

    def close(self) -> None:
        """Hold nothing."""

    def moved(self, key: str) -> Entry | None:
        """The last entry of a key, however old: what a person finds in the gateway's own records."""
        return next((entry for entry in reversed(self.journal) if entry.key == key), None)

    def _say(self, key: str) -> Answer | None:
        if self.deaf:
            self.deaf -= 1
            return _LOST
        found = self._remembered(key)
        return None if found is None else _answer(found)

    def _tell(self, reference: str) -> History | Answer:
        if self.deaf:
            self.deaf -= 1
            return _LOST
        entries = [entry for entry in self.journal if entry.authorization == reference and entry.succeeded]
        if not entries:
            return Answer(Result.FAILED, None, "no_such_authorization", "There is no such authorization.")
        moved = tuple(
            Transaction(TransactionKind(entry.operation), entry.reference, entry.key, entry.amount, entry.at)
            for entry in entries
        )
        return History(reference, entries[0].currency, entries[0].order, moved)

    def _meet(self, request: Request, luck: Luck) -> Answer:
        self.struck[luck] += 1
        if luck is Luck.DIES_BEFORE:
            raise WorkerDied
        if luck is Luck.LOST_BEFORE:
            return _LOST
        if luck in (Luck.RIVAL_BEFORE, Luck.CANCELED_MEANWHILE):
            self.meanwhile(luck, request)
        entry = self._remembered(request.key) or self._decide(request, refused=luck is Luck.NO)
        if luck is Luck.DIES_AFTER:
            raise WorkerDied
        if luck is Luck.RIVAL_AFTER:
            self.meanwhile(luck, request)
        return _LOST if luck is Luck.LOST_AFTER else _answer(entry)

    def _remembered(self, key: str) -> Entry | None:
        found = self.moved(key)
        return found if found is not None and self.clock() - found.at < KEY_LIFE else None

    def _decide(self, request: Request, *, refused: bool) -> Entry:
        reference = f"gw_{len(self.journal) + 1}"
        entry = Entry(
            key=request.key,
            operation=request.operation,
            amount=request.amount,
            currency=request.currency,
            order=request.merchant_reference,
            authorization=request.reference or reference,
            reference=reference,
            code="refused" if refused else self._refusal(request),
            at=self.clock(),
        )
        self.journal.append(entry)
        return entry

    def _refusal(self, request: Request) -> str | None:
        if request.operation is Operation.AUTHORIZE:
            return "card_declined" if request.token == DECLINED else None
        sums = self.sums(request.reference or "")
        open_now = sums[Operation.AUTHORIZE] - sums[Operation.CAPTURE] - sums[Operation.VOID]
        if request.operation is Operation.CAPTURE:
            return "over_capture" if request.amount > open_now else None
        if request.operation is Operation.VOID:
            return "amount_not_open" if request.amount != open_now else None
        return "over_refund" if request.amount > sums[Operation.CAPTURE] - sums[Operation.REFUND] else None

    def sums(self, authorization: str) -> Counter[Operation]:
        """How much of an authorization went where, in minor units."""
        sums: Counter[Operation] = Counter()
        for entry in self.journal:
            if entry.authorization == authorization and entry.succeeded:
                sums[entry.operation] += entry.amount
        return sums


def _answer(entry: Entry) -> Answer:
    if entry.succeeded:
        return Answer(Result.SUCCEEDED, entry.reference, None, None)
    return Answer(Result.FAILED, None, entry.code, "The gateway says no.")
