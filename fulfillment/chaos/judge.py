"""
The judge of a kill loop. It believes the customers' log, the gateway's journal and the mails; the database is the accused.

Lost: something that was accepted and did not come about. Duplicate effect: something that came about more often than it
was asked for. A mail that went out again under the same Message-ID is counted by itself: mail cannot be asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from fulfillment.chaos.accepted import Accepted
from fulfillment.chaos.evidence import Effect, Mail, OrderRow

_MAILS_PER_ORDER: Final = ("order_received", "shipped")
_MONEY_PER_ORDER: Final = ("authorize", "capture")
_SHOWN: Final = 20


@dataclass(slots=True)
class Verdict:
    """What was found. `findings` are sentences about the first of them."""

    lost: int = 0
    duplicate_effects: int = 0
    repeated_mails: int = 0
    wrong: int = 0
    findings: list[str] = field(default_factory=list)

    def lose(self, count: int, sentence: str) -> None:
        """Count something that did not come about."""
        self.lost += self._note(count, sentence)

    def repeat(self, count: int, sentence: str) -> None:
        """Count something that came about too often."""
        self.duplicate_effects += self._note(count, sentence)

    def contradict(self, count: int, sentence: str) -> None:
        """Count something that came about otherwise than it was asked for."""
        self.wrong += self._note(count, sentence)

    def _note(self, count: int, sentence: str) -> int:
        if count > 0 and len(self.findings) < _SHOWN:
            self.findings.append(sentence)
        return max(0, count)


def judge(
    accepted: Sequence[Accepted], orders: Sequence[OrderRow], effects: Sequence[Effect], mails: Sequence[Mail]
) -> Verdict:
    """Hold what came about against what was accepted, order by order."""
    verdict = Verdict()
    _orders(verdict, accepted, orders)
    _money(verdict, accepted, effects)
    _mails(verdict, accepted, mails)
    return verdict


def _orders(verdict: Verdict, accepted: Sequence[Accepted], orders: Sequence[OrderRow]) -> None:
    found = {order.number: order for order in orders}
    told = Counter(each.number for each in accepted)
    for number, times in told.items():
        verdict.repeat(times - 1, f"{number} was the answer to {times} different checkouts")
    for number in found.keys() - told.keys():
        verdict.repeat(1, f"{number} was made, and nobody was told of it")
    for each in accepted:
        order = found.get(each.number)
        if order is None:
            verdict.lose(1, f"{each.number} was accepted and is not there")
            continue
        if (order.status, order.payment_status) != ("completed", "paid"):
            verdict.lose(1, f"{each.number} came to {order.status}, {order.payment_status}")
        if order.total != each.total:
            verdict.contradict(1, f"{each.number} costs {order.total}, the customer was told {each.total}")
        verdict.lose(each.pieces - order.pieces_shipped, f"{each.number}: {order.pieces_shipped} pieces shipped")
        verdict.repeat(order.pieces_shipped - each.pieces, f"{each.number}: {order.pieces_shipped} pieces shipped")


def _money(verdict: Verdict, accepted: Sequence[Accepted], effects: Sequence[Effect]) -> None:
    moved = Counter((effect.order, effect.operation) for effect in effects)
    totals = {each.number: each.total for each in accepted}
    _once(verdict, totals, _MONEY_PER_ORDER, moved, "by the gateway's journal")
    for effect in effects:
        if effect.operation not in _MONEY_PER_ORDER:
            verdict.repeat(1, f"{effect.order}: {effect.operation}, which nobody asked for")
        elif effect.amount != totals.get(effect.order):
            verdict.contradict(1, f"{effect.order}: {effect.operation} of {effect.amount}")


def _mails(verdict: Verdict, accepted: Sequence[Accepted], mails: Sequence[Mail]) -> None:
    """The same Message-ID twice is a repeat that the reader's program can tell; another one would be a second mail."""
    distinct = {(mail.message_id, mail.order, mail.kind) for mail in mails}
    verdict.repeated_mails = len(mails) - len(distinct)
    sent = Counter((order, kind) for _, order, kind in distinct)
    _once(verdict, [each.number for each in accepted], _MAILS_PER_ORDER, sent, "mails of their own")


def _once(
    verdict: Verdict, numbers: Iterable[str], kinds: Sequence[str], counted: Counter[tuple[str, str]], where: str
) -> None:
    for number in numbers:
        for kind in kinds:
            times = counted[number, kind]
            verdict.lose(1 - times, f"{number}: no {kind}, {where}")
            verdict.repeat(times - 1, f"{number}: {kind} {times} times, {where}")
