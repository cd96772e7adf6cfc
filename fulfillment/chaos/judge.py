"""
The judge of a kill loop. It believes the customers' log, the gateway's journal and the mails; the database is the accused.

Lost: something that was accepted and did not come about. Duplicate effect: something that came about more often than it
was asked for. A mail that went out again under the same Message-ID is counted by itself: mail cannot be asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fulfillment.chaos.accepted import Accepted
from fulfillment.chaos.evidence import Effect, Mail, OrderRow
from fulfillment.chaos.expected import Expected, shipped_and_paid

_SHOWN: Final = 20
_NOTHING: Final = Expected("", "", 0, (), ())


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
    accepted: Sequence[Accepted],
    orders: Sequence[OrderRow],
    effects: Sequence[Effect],
    mails: Sequence[Mail],
    *,
    ends: Mapping[str, Expected] | None = None,
) -> Verdict:
    """Hold what came about against what was accepted, order by order; `ends` are those that do not just ship, by number."""
    expected = {each.number: shipped_and_paid(each.total, each.pieces) for each in accepted} | dict(ends or {})
    verdict = Verdict()
    _orders(verdict, accepted, orders, expected)
    _money(verdict, expected, effects)
    _mails(verdict, expected, mails)
    return verdict


def _orders(
    verdict: Verdict, accepted: Sequence[Accepted], orders: Sequence[OrderRow], expected: Mapping[str, Expected]
) -> None:
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
        end = expected[each.number]
        if (order.status, order.payment_status) != (end.status, end.payment_status):
            verdict.lose(1, f"{each.number} came to {order.status}, {order.payment_status}")
        total = each.total if end.total is None else end.total
        if order.total != total:
            verdict.contradict(1, f"{each.number} costs {order.total}, the customer was told {total}")
        shipped = f"{each.number}: {order.pieces_shipped} pieces shipped"
        verdict.lose(end.pieces_shipped - order.pieces_shipped, shipped)
        verdict.repeat(order.pieces_shipped - end.pieces_shipped, shipped)


def _money(verdict: Verdict, expected: Mapping[str, Expected], effects: Sequence[Effect]) -> None:
    moved = Counter((effect.order, effect.operation) for effect in effects)
    for number, end in expected.items():
        _as_often(verdict, number, Counter(kind for kind, _ in end.money), moved, "by the gateway's journal")
    for effect in effects:
        meant = expected.get(effect.order, _NOTHING).money
        if effect.operation not in {kind for kind, _ in meant}:
            verdict.repeat(1, f"{effect.order}: {effect.operation}, which nobody asked for")
        elif (effect.operation, effect.amount) not in meant:
            verdict.contradict(1, f"{effect.order}: {effect.operation} of {effect.amount}")


def _mails(verdict: Verdict, expected: Mapping[str, Expected], mails: Sequence[Mail]) -> None:
    """The same Message-ID twice is a repeat that the reader's program can tell; another one would be a second mail."""
    distinct = {(mail.message_id, mail.order, mail.kind) for mail in mails}
    verdict.repeated_mails = len(mails) - len(distinct)
    sent = Counter((order, kind) for _, order, kind in distinct)
    for number, end in expected.items():
        _as_often(verdict, number, Counter(end.mails), sent, "mails of their own")
    for (number, kind), times in sent.items():
        if kind not in expected.get(number, _NOTHING).mails:
            verdict.repeat(times, f"{number}: {kind}, a mail that nobody asked for")


def _as_often(
    verdict: Verdict, number: str, wanted: Counter[str], counted: Counter[tuple[str, str]], where: str
) -> None:
    for kind, right in wanted.items():
        times = counted[number, kind]
        verdict.lose(right - times, f"{number}: {kind} {times} times of {right}, {where}")
        verdict.repeat(times - right, f"{number}: {kind} {times} times, {where}")
