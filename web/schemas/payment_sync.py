"""What a comparison with the gateway shows."""

from __future__ import annotations

from web.schemas.base import Answer, MoneyOut, Sent


class SyncIn(Sent):
    """A sync says nothing."""


class ComparedOut(Answer):
    """One payment; `compared` is false where the gateway could not be asked about it, and `code` says why."""

    payment_id: int
    compared: bool
    code: str | None


class DifferenceOut(Answer):
    """One thing that is otherwise at the gateway; `remedy` is what to do where it was not taken over."""

    payment_id: int
    kind: str
    what: str
    reference: str
    attempt_id: int | None
    amount: MoneyOut
    applied: bool
    remedy: str | None


class SyncOut(Answer):
    """What was found."""

    order: str
    asked_at: str
    payments: list[ComparedOut]
    differences: list[DifferenceOut]


class ReceivedOut(Answer):
    """An event was taken; `new` says whether it leads to a question that was not on its way already."""

    received: bool
    new: bool
