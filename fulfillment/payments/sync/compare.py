"""Compare: what a gateway says happened to an authorization against what our books say. Pure; amounts are minor units. (PY3)"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fulfillment.payments.gateway.port import History, Transaction, TransactionKind
from fulfillment.payments.states import AttemptStatus

SURELY_TOLD_AFTER: Final = timedelta(minutes=1)
"""What we wrote down so long before the gateway was asked must be in its answer, whatever the clocks say."""


class DifferenceKind(StrEnum):
    """What may be otherwise at the gateway than with us."""

    OUTCOME_KNOWN = "outcome_known"
    """An attempt of ours whose outcome we did not know has succeeded."""
    DONE_ELSEWHERE = "done_elsewhere"
    """Captured, voided or refunded there, and not because we asked for it."""
    EXPIRED = "expired"
    CHARGED_BACK = "charged_back"
    CHARGEBACK_REVERSED = "chargeback_reversed"
    AUTHORIZED_ELSEWHERE = "authorized_elsewhere"
    """More was set aside there than we know of."""
    IN_DOUBT = "in_doubt"
    """It may be what an attempt of ours, which is not decided yet, asked for."""
    AMOUNTS_DIFFER = "amounts_differ"
    """What we asked for happened there with another amount, or in another currency."""
    UNKNOWN_TO_GATEWAY = "unknown_to_gateway"
    """Our books say that it happened, the gateway does not."""


@dataclass(frozen=True, slots=True)
class Known:
    """An attempt of ours, as it is compared."""

    id: int
    payment_id: int
    dispatch_id: int | None
    key: str
    kind: str
    amount: int
    status: str
    reference: str | None
    decided_at: datetime | None

    @property
    def is_undecided(self) -> bool:
        """Whether it may have been sent, and nobody knows what became of it."""
        return self.status not in (AttemptStatus.NEW, AttemptStatus.SUCCEEDED, AttemptStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Books:
    """
    What our books say of one payment.

    `told` are references of what was booked without an attempt of ours; `expired`, in minor units, has none.
    """

    payment_id: int
    currency: str
    attempts: Sequence[Known]
    told: frozenset[str] = frozenset()
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise: what the gateway says (`transaction`), what we say (`attempt`), or both."""

    kind: DifferenceKind
    payment_id: int
    currency: str
    transaction: Transaction | None = None
    attempt: Known | None = None

    @property
    def amount(self) -> int:
        """How much it is about."""
        if self.transaction is not None:
            return self.transaction.amount
        assert self.attempt is not None, "a difference is about one of the two"
        return self.attempt.amount

    @property
    def what(self) -> str:
        """What was done: a kind of transaction."""
        return str(self.transaction.kind if self.transaction is not None else self.attempt and self.attempt.kind)

    @property
    def reference(self) -> str:
        """What it is known by, at the gateway or with us."""
        if self.transaction is not None:
            return self.transaction.reference
        assert self.attempt is not None, "a difference is about one of the two"
        return self.attempt.reference or self.attempt.key


def compare(books: Books, history: History, *, asked_at: datetime) -> list[Difference]:
    """
    Give what is otherwise, in the order in which it happened at the gateway; nothing where both say the same.

    A transaction is found by our key, else by its reference, else (a gateway may tell neither) by kind and amount. What we
    wrote down after the gateway was asked cannot be in its answer and is no difference.
    """
    pairs = _pair(books.attempts, history.transactions)
    found = list(_at_gateway(books, history, pairs))
    paired = {attempt.id for attempt in pairs.values()}
    for attempt in books.attempts:
        told = attempt.decided_at is not None and attempt.decided_at < asked_at - SURELY_TOLD_AFTER
        if attempt.status == AttemptStatus.SUCCEEDED and attempt.id not in paired and told:
            found.append(
                Difference(DifferenceKind.UNKNOWN_TO_GATEWAY, books.payment_id, books.currency, attempt=attempt)
            )
    return found


def _pair(attempts: Sequence[Known], transactions: Sequence[Transaction]) -> dict[int, Known]:
    """Give, by its place in the history, the attempt that a transaction is. The surest signs come first."""
    pairs: dict[int, Known] = {}
    signs: tuple[Callable[[Transaction, Known], bool], ...] = (_same_key, _same_reference, _alike)
    for sign in signs:
        for place, transaction in enumerate(transactions):
            if place not in pairs:
                free = (each for each in attempts if each.id not in {other.id for other in pairs.values()})
                if (attempt := next((each for each in free if sign(transaction, each)), None)) is not None:
                    pairs[place] = attempt
    return pairs


def _same_key(transaction: Transaction, attempt: Known) -> bool:
    return transaction.key == attempt.key and attempt.status != AttemptStatus.FAILED


def _same_reference(transaction: Transaction, attempt: Known) -> bool:
    same = transaction.reference == attempt.reference and transaction.kind.value == attempt.kind
    return same and attempt.status == AttemptStatus.SUCCEEDED


def _alike(transaction: Transaction, attempt: Known) -> bool:
    """Tell whether a transaction without a key is what an attempt asked for, as far as anybody can tell."""
    same = (transaction.kind.value, transaction.amount) == (attempt.kind, attempt.amount)
    return same and transaction.key is None and attempt.status == AttemptStatus.SUCCEEDED


def _at_gateway(books: Books, history: History, pairs: dict[int, Known]) -> Iterator[Difference]:
    undecided = [each for each in books.attempts if each.is_undecided and each not in pairs.values()]
    for place, transaction in enumerate(history.transactions):
        attempt = pairs.get(place)
        if attempt is not None:
            if history.currency != books.currency or transaction.amount != attempt.amount:
                yield Difference(
                    DifferenceKind.AMOUNTS_DIFFER, books.payment_id, history.currency, transaction, attempt
                )
            elif attempt.is_undecided:
                yield Difference(DifferenceKind.OUTCOME_KNOWN, books.payment_id, history.currency, transaction, attempt)
        elif transaction.kind == TransactionKind.EXPIRE and transaction.amount == books.expired:
            continue
        elif transaction.reference not in books.told:
            yield _unknown_to_us(books, transaction, undecided)


def _unknown_to_us(books: Books, transaction: Transaction, undecided: list[Known]) -> Difference:
    asked = (transaction.kind.value, transaction.amount)
    if transaction.key is None:
        for attempt in undecided:
            if (attempt.kind, attempt.amount) == asked:
                undecided.remove(attempt)
                return Difference(DifferenceKind.IN_DOUBT, books.payment_id, books.currency, transaction, attempt)
    return Difference(_KINDS[transaction.kind], books.payment_id, books.currency, transaction)


_KINDS: Final = {
    TransactionKind.AUTHORIZE: DifferenceKind.AUTHORIZED_ELSEWHERE,
    TransactionKind.CAPTURE: DifferenceKind.DONE_ELSEWHERE,
    TransactionKind.VOID: DifferenceKind.DONE_ELSEWHERE,
    TransactionKind.REFUND: DifferenceKind.DONE_ELSEWHERE,
    TransactionKind.EXPIRE: DifferenceKind.EXPIRED,
    TransactionKind.CHARGEBACK: DifferenceKind.CHARGED_BACK,
    TransactionKind.CHARGEBACK_REVERSED: DifferenceKind.CHARGEBACK_REVERSED,
}
