"""The gateway's books: every decision it took, in order. They are believed; whatever ours say is held against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Final

from fulfillment.payments.gateway.port import (
    AUTHORIZATION_EXPIRED,
    Answer,
    Hint,
    History,
    Request,
    Result,
    Transaction,
    TransactionKind,
)

DECLINED: Final = "tok_declined"
SHORT: Final = "tok_short"
"""A card whose authorizations soon end; those of others last for ever."""

LIFE: Final = timedelta(hours=48)
"""How long an authorization of the short card lasts."""

K = TransactionKind


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One decision. `amount` is minor units; `code` is set where the answer was no.

    `key` is the one it was asked for with; None where it was done at the gateway's own desk.
    """

    key: str | None
    kind: TransactionKind
    amount: int
    currency: str
    order: str
    authorization: str
    reference: str
    code: str | None
    at: datetime
    ends: datetime | None = None

    @property
    def succeeded(self) -> bool:
        """Whether money moved."""
        return self.code is None

    @property
    def name(self) -> str:
        """The key of the attempt that stands for it in our books, whoever asked for it."""
        return self.key or f"gateway:{self.reference}"


@dataclass
class Books:
    """The entries, and what they add up to."""

    clock: Callable[[], datetime]
    entries: list[Entry] = field(default_factory=list)

    def decide(self, request: Request, *, refused: bool) -> Entry:
        """Write down what is asked for, or that it is refused."""
        kind = K(request.operation)
        code = "refused" if refused else self._refusal(request, kind)
        reference = self._next()
        entry = Entry(
            key=request.key,
            kind=kind,
            amount=request.amount,
            currency=request.currency,
            order=request.merchant_reference,
            authorization=request.reference or reference,
            reference=reference,
            code=code,
            at=self.clock(),
            ends=self.clock() + LIFE if kind is K.AUTHORIZE and request.token == SHORT else None,
        )
        self.entries.append(entry)
        return entry

    def at_desk(self, kind: TransactionKind, authorization: str, most: int | None) -> None:
        """
        Do something that nobody of ours asked for: with at most this much, or all; nothing where nothing can be done.

        A chargeback is won as a whole.
        """
        can = self.possible(authorization)[kind]
        is_whole = most is None or kind is K.CHARGEBACK_REVERSED
        self._happen(kind, authorization, can if is_whole else min(can, most or 0))

    def authorize_elsewhere(self, amount: int, currency: str) -> str:
        """Let a storefront authorize by itself; give the reference."""
        reference = self._next()
        order = "handed in"
        self.entries.append(Entry(None, K.AUTHORIZE, amount, currency, order, reference, reference, None, self.clock()))
        return reference

    def moved(self, key: str) -> Entry | None:
        """The last entry of a key, however old: what a person finds in the gateway's own records."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)

    def history(self, authorization: str) -> History | Answer:
        """Everything that happened to an authorization."""
        self._is_over(authorization)
        found = list(self.successes(authorization))
        if not found:
            return Answer(Result.FAILED, None, "no_such_authorization", "There is no such authorization.")
        moved = tuple(Transaction(each.kind, each.reference, each.key, each.amount, each.at) for each in found)
        return History(authorization, found[0].currency, found[0].order, moved)

    def event(self, n: int) -> Hint | None:
        """The event by which the n-th latest entry is told; refusals are told too."""
        if n >= len(self.entries):
            return None
        entry = self.entries[-1 - n]
        return Hint(f"evt_{entry.reference}", entry.order, entry.key)

    def successes(self, authorization: str | None = None) -> Iterator[Entry]:
        """The entries by which money moved: of one authorization, or all."""
        for entry in self.entries:
            if entry.succeeded and authorization in (None, entry.authorization):
                yield entry

    def possible(self, authorization: str) -> Counter[TransactionKind]:
        """How much of an authorization can be captured, voided and refunded, in minor units."""
        self._is_over(authorization)
        return self._possible(authorization)

    def _possible(self, authorization: str) -> Counter[TransactionKind]:
        sums: Counter[TransactionKind] = Counter()
        for entry in self.successes(authorization):
            sums[entry.kind] += entry.amount
        still_open = sums[K.AUTHORIZE] - sums[K.CAPTURE] - sums[K.VOID] - sums[K.EXPIRE]
        charged_back = sums[K.CHARGEBACK] - sums[K.CHARGEBACK_REVERSED]
        kept = sums[K.CAPTURE] - sums[K.REFUND] - charged_back
        won_next = next(iter(self.open_chargebacks(authorization)), None)
        return Counter(
            {
                K.CAPTURE: still_open,
                K.VOID: still_open,
                K.REFUND: kept,
                K.CHARGEBACK: kept,
                K.CHARGEBACK_REVERSED: won_next.amount if won_next else 0,
            }
        )

    def open_chargebacks(self, authorization: str) -> list[Entry]:
        """What a bank took back and did not give again: they are won in the order in which they came."""
        taken = [entry for entry in self.successes(authorization) if entry.kind is K.CHARGEBACK]
        return taken[sum(entry.kind is K.CHARGEBACK_REVERSED for entry in self.successes(authorization)) :]

    def disputes(self) -> Iterator[tuple[Entry, Entry | None]]:
        """Every chargeback, with its reversal where there is one."""
        for made in [entry for entry in self.successes() if entry.kind is K.AUTHORIZE]:
            found = list(self.successes(made.authorization))
            taken = [entry for entry in found if entry.kind is K.CHARGEBACK]
            yield from zip_longest(taken, [entry for entry in found if entry.kind is K.CHARGEBACK_REVERSED])

    def _refusal(self, request: Request, kind: TransactionKind) -> str | None:
        if kind is K.AUTHORIZE:
            return "card_declined" if request.token == DECLINED else None
        if self._is_over(request.reference or "") and kind is not K.REFUND:
            return AUTHORIZATION_EXPIRED
        can = self.possible(request.reference or "")[kind]
        if kind is K.VOID:
            return "amount_not_open" if request.amount != can or can == 0 else None
        return f"over_{kind}" if request.amount > can else None

    def _is_over(self, authorization: str) -> bool:
        """Tell whether the time of an authorization is over; what was open of it has then expired."""
        made = next((entry for entry in self.successes(authorization) if entry.kind is K.AUTHORIZE), None)
        if made is None or made.ends is None or made.ends > self.clock():
            return False
        self._happen(K.EXPIRE, authorization, self._possible(authorization)[K.CAPTURE])
        return True

    def _happen(self, kind: TransactionKind, authorization: str, amount: int) -> None:
        if amount > 0:
            made = next(self.successes(authorization))
            moved = (None, kind, amount, made.currency, made.order, authorization, self._next(), None, self.clock())
            self.entries.append(Entry(*moved))

    def _next(self) -> str:
        return f"gw_{len(self.entries) + 1}"
