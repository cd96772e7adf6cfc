"""A gateway with books of its own that answers as it was told to: the other side of every unclear outcome."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from fulfillment.payments.gateway import (
    Answer,
    History,
    Operation,
    Request,
    Result,
    Transaction,
    TransactionKind,
)

CUT = Answer(Result.UNKNOWN, None, "timeout", "no answer in time")
UNKNOWN_HERE = Answer(Result.FAILED, None, "no_such_authorization", "There is no such authorization.")
DECLINES = {"tok_declined": Answer(Result.FAILED, None, "card_declined", "The card was declined.")}


@dataclass
class ScriptedGateway:
    """
    Approves everything but `tok_declined`, keeps books by key, and follows a script for the next requests.

    Each word of the script is for one request: `ok`, `refuse` (a clear no), `cut before` (never arrived) or `cut after`
    (done, and the answer lost). `knows_nothing` makes it forget keys, `is_deaf` unable to be asked.
    """

    script: deque[str] = field(default_factory=deque)
    sent: list[Request] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    books: dict[str, Answer] = field(default_factory=dict)
    done: dict[str, Request] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    is_deaf: bool = False
    on_send: Callable[[Request], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        return [self._answer(request) for request in requests]

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        self.asked.extend(request.key for request in requests)
        return [CUT if self.is_deaf else self.books.get(request.key) for request in requests]

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        return [CUT if self.is_deaf else self.histories.get(reference, UNKNOWN_HERE) for reference in references]

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
        answer = DECLINES.get(request.token or "")
        if refused:
            answer = Answer(Result.FAILED, None, "refused", "The gateway says no.")
        if answer is None:
            answer = Answer(Result.SUCCEEDED, f"gw_{len(self.books) + 1}", None, None)
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
