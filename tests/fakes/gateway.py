"""A gateway with books of its own that answers as it was told to: the other side of every unclear outcome."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fulfillment.payments.gateway import Answer, Operation, Request, Result

CUT = Answer(Result.UNKNOWN, None, "timeout", "no answer in time")
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
    is_deaf: bool = False
    on_send: Callable[[Request], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        return [self._answer(request) for request in requests]

    def find(self, keys: Sequence[str]) -> list[Answer | None]:
        self.asked.extend(keys)
        return [CUT if self.is_deaf else self.books.get(key) for key in keys]

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
        self.books[request.key] = answer
        return answer
