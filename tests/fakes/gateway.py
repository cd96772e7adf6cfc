"""A gateway with books of its own that answers as it was told to: the other side of every unclear outcome."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fakes.clock import SettableClock

from fulfillment.payments.gateway import (
    Answer,
    History,
    Operation,
    Request,
    Result,
    Transaction,
    TransactionKind,
)
from fulfillment.payments.gateway.port import AUTHORIZATION_EXPIRED, Action

CUT = Answer(Result.UNKNOWN, None, "timeout", "no answer in time")
UNKNOWN_HERE = Answer(Result.FAILED, None, "no_such_authorization", "There is no such authorization.")
DECLINES = {"tok_declined": Answer(Result.FAILED, None, "card_declined", "The card was declined.")}


@dataclass
class ScriptedGateway:
    """
    Approves everything but `tok_declined`, keeps books by key, and follows a script for the next requests.

    Each word of the script is for one request: `ok`, `refuse` (a clear no), `cut before` (never arrived) or `cut after`
    (done, and the answer lost). `knows_nothing` makes it forget keys, `is_deaf` unable to be asked. Authorizations end after
    `authorization_life` by the clock, or never.
    """

    script: deque[str] = field(default_factory=deque)
    sent: list[Request] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    books: dict[str, Answer] = field(default_factory=dict)
    done: dict[str, Request] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    waiting: dict[str, Request] = field(default_factory=dict)
    is_deaf: bool = False
    on_send: Callable[[Request], None] | None = None
    authorization_life: timedelta | None = None
    clock: Callable[[], datetime] = field(default_factory=SettableClock)
    ends: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        return [self._answer(request) for request in requests]

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        self.asked.extend(request.key for request in requests)
        return [CUT if self.is_deaf else self.books.get(request.key) for request in requests]

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        for reference in references:
            self._end(reference)
        return [CUT if self.is_deaf else self.histories.get(reference, UNKNOWN_HERE) for reference in references]

    def customer_acts(self, reference: str, *, code: str | None = None) -> None:
        """Let a customer confirm what waits for them, or (`code`) not."""
        request = self.waiting.pop(reference)
        if code is None:
            self.books[request.key] = Answer(Result.SUCCEEDED, reference, None, None)
            self.done[request.key] = request
            self._write(request, reference)
        else:
            self.books[request.key] = Answer(Result.FAILED, reference, code, "It was not confirmed.")

    def _wait_for_customer(self, request: Request) -> Answer:
        reference = f"gw_{len(self.books) + 1}"
        self.waiting[reference] = request
        action = Action(f"{reference}_secret", f"https://bank.example/{reference}")
        self.books[request.key] = Answer(
            Result.UNKNOWN, reference, "requires_action", "The customer has to confirm it.", action=action
        )
        return self.books[request.key]

    def at_desk(self, kind: TransactionKind, reference: str, amount: int) -> Transaction:
        """Let something happen to an authorization that nobody of ours asked for."""
        return self._happen(kind, reference, None, amount)

    def authorize_elsewhere(self, amount: int, currency: str, merchant_reference: str | None = None) -> str:
        """Let a storefront authorize by itself; give the reference."""
        reference = f"gw_elsewhere_{len(self.histories) + 1}"
        self.histories[reference] = History(reference, currency, merchant_reference, ())
        self._happen(TransactionKind.AUTHORIZE, reference, None, amount, own=reference)
        return reference

    def close(self) -> None:
        """Holds nothing."""

    def will(self, *words: str) -> None:
        self.script.extend(words)

    def moved(self, operation: Operation) -> list[int]:
        """The amounts of what was really done, by key once, in the order of doing."""
        return [request.amount for request in self.done.values() if request.operation == operation]

    def _answer(self, request: Request) -> Answer:
        if self.on_send is not None:
            self.on_send(request)
        with self._lock:
            self.sent.append(request)
            word = self.script.popleft() if self.script else "ok"
            if word == "cut before":
                return CUT
            answer = self._decide(request, refused=word == "refuse")
            return CUT if word == "cut after" else answer

    def _decide(self, request: Request, *, refused: bool) -> Answer:
        if request.key in self.books:
            return self.books[request.key]
        if request.token == "tok_3ds":
            return self._wait_for_customer(request)
        if request.operation is Operation.VOID and request.reference in self.waiting:
            self.customer_acts(request.reference, code="canceled")
        answer = DECLINES.get(request.token or "")
        if refused:
            answer = Answer(Result.FAILED, None, "refused", "The gateway says no.")
        if answer is None and self._has_ended(request):
            answer = Answer(Result.FAILED, None, AUTHORIZATION_EXPIRED, "The authorization has expired.")
        if answer is None:
            answer = self._agree(request)
            self.done[request.key] = request
            self._write(request, answer.reference or "")
        self.books[request.key] = answer
        return answer

    def _write(self, request: Request, reference: str) -> None:
        authorization = request.reference or reference
        if request.operation == Operation.AUTHORIZE:
            self.histories[reference] = History(reference, request.currency, request.merchant_reference, ())
        if authorization in self.histories:
            self._happen(TransactionKind(request.operation), authorization, request.key, request.amount, own=reference)

    def _happen(
        self, kind: TransactionKind, reference: str, key: str | None, amount: int, *, own: str | None = None
    ) -> Transaction:
        before = self.histories[reference]
        moved = Transaction(
            kind, own or f"{reference}_{len(before.transactions)}", key, amount, datetime(2026, 11, 21, tzinfo=UTC)
        )
        self.histories[reference] = replace(before, transactions=(*before.transactions, moved))
        return moved

    def _agree(self, request: Request) -> Answer:
        reference = f"gw_{len(self.books) + 1}"
        if request.operation is not Operation.AUTHORIZE or self.authorization_life is None:
            return Answer(Result.SUCCEEDED, reference, None, None)
        self.ends[reference] = self.clock() + self.authorization_life
        return Answer(Result.SUCCEEDED, reference, None, None, self.ends[reference])

    def _has_ended(self, request: Request) -> bool:
        if request.operation not in (Operation.CAPTURE, Operation.VOID):
            return False
        return self._end(request.reference or "")

    def _end(self, reference: str) -> bool:
        """Tell whether the time of an authorization is over; what was open of it has expired then."""
        if self.ends.get(reference, datetime.max.replace(tzinfo=UTC)) > self.clock():
            return False
        signs = {TransactionKind.AUTHORIZE: 1, TransactionKind.CAPTURE: -1, TransactionKind.VOID: -1}
        signs[TransactionKind.EXPIRE] = -1
        moved = self.histories[reference].transactions
        if rest := sum(signs.get(each.kind, 0) * each.amount for each in moved):
            self._happen(TransactionKind.EXPIRE, reference, None, rest)
        return True
