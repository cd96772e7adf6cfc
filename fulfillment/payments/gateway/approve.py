"""A gateway inside the process which says yes: for benches, where another system's time must not be counted."""

from collections.abc import Sequence

from fulfillment.payments.gateway.port import Answer, History, Operation, Request, Result

DECLINES = {
    "tok_declined": ("card_declined", "The card was declined."),
    "tok_insufficient": ("insufficient_funds", "The card has insufficient funds."),
    "tok_expired": ("expired_card", "The card has expired."),
}
_NO_BOOKS = Answer(Result.UNKNOWN, None, "no_books", "This gateway keeps no books.")
REMEMBERED = 10_000  # Bounds the memory of a long bench; `find` is asked about the latest requests only.


class ApproveGateway:
    """
    Approves everything but the decline tokens, and keeps no books: it never refuses for an amount.

    The answer follows from the request alone, so that every process, and every repetition, gives the same one.
    `find` knows what this process was asked lately; for others it says None, and sending again is harmless.
    """

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """Answer at once; the first answer to a key stays its answer."""
        return [self._answers.get(request.key) or self._remember(request) for request in requests]

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """What this process answered, None where it was not asked."""
        return [self._answers.get(request.key) for request in requests]

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """Nobody knows: it keeps no books."""
        return [_NO_BOOKS for _ in references]

    def close(self) -> None:
        """Hold nothing, so let go of nothing."""

    def _remember(self, request: Request) -> Answer:
        if len(self._answers) >= REMEMBERED:
            for oldest in list(self._answers)[: REMEMBERED // 10]:
                self._answers.pop(oldest, None)
        return self._answers.setdefault(request.key, _decide(request))


def _decide(request: Request) -> Answer:
    if request.operation is Operation.AUTHORIZE and request.token in DECLINES:
        code, message = DECLINES[request.token]
        return Answer(Result.FAILED, f"approve_{request.key}", code, message)
    return Answer(Result.SUCCEEDED, f"approve_{request.key}", None, None)
