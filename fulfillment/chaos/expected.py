"""What must have become of an order in the end, seen from outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """
    How an order ends. `money` are the movements in the gateway's journal, with their minor units; each comes about once.

    `mails` are the kinds of e-mail that its customer gets, each once for each time that it is named here.
    """

    status: str
    payment_status: str
    pieces_shipped: int
    money: tuple[tuple[str, int], ...]
    mails: tuple[str, ...]
    total: int | None = None
    """What it costs in the end, in minor units, where that is not what was answered at first."""


def shipped_and_paid(total: int, pieces: int) -> Expected:
    """Give the plain end: all of it left, and was charged once."""
    money = (("authorize", total), ("capture", total))
    return Expected("completed", "paid", pieces, money, ("order_received", "shipped"))
