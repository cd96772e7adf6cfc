"""What may happen to an attempt to move money."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class AttemptStatus(StrEnum):
    """
    How far one attempt got.

    `unknown` is a time-out or a cut: never treated as failed, always asked about. `by_hand` is a task: no gateway can do it, a
    person is to do it and say so.
    """

    NEW = "new"
    SENDING = "sending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"


_A = AttemptStatus
ATTEMPT = Machine(
    "payment attempt",
    AttemptStatus,
    initial=_A.NEW,
    rows=(
        row("send", {_A.NEW}, _A.SENDING),
        row("hand_over", {_A.NEW}, _A.BY_HAND),
        row("succeed", {_A.SENDING, _A.UNKNOWN, _A.BY_HAND}, _A.SUCCEEDED),
        row("give_back", {_A.NEW}, _A.SUCCEEDED),  # A credit: no gateway is asked.
        row("fail", {_A.NEW, _A.SENDING, _A.UNKNOWN, _A.BY_HAND}, _A.FAILED),
        row("lose_sight", {_A.SENDING}, _A.UNKNOWN),
    ),
)


class ChargebackStatus(StrEnum):
    """A chargeback is open until the bank has decided; won, the money is there again."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


_C = ChargebackStatus
CHARGEBACK = Machine(
    "chargeback",
    ChargebackStatus,
    initial=_C.OPEN,
    rows=(
        row("win", {_C.OPEN, _C.LOST}, _C.WON),  # A bank may give back what was taken for lost.
        row("lose", {_C.OPEN}, _C.LOST),
    ),
)
