"""Chargebacks of payments."""

from __future__ import annotations

from typing import Literal

from web.schemas.base import Answer, Money, MoneyOut, Note, Reference, Sent, Text


class ChargebackIn(Sent):
    """What the customer's bank took back: an amount, or all that is kept of the payment. `reference` is the gateway's."""

    amount: Money | None = None
    reason: Text
    reference: Reference | None = None


class ChargebackEndIn(Sent):
    """How it ended: `won`, the money is there again; `lost`, it is gone."""

    outcome: Literal["won", "lost"]
    note: Note | None = None
    reference: Reference | None = None


class ChargebackOut(Answer):
    """Money that a bank took back. An order in work is held by `hold_id` meanwhile."""

    id: int
    payment_id: int
    order: str
    status: str
    amount: MoneyOut
    reason: str
    reference: str | None
    note: str | None
    hold_id: int | None
    opened_at: str
    opened_by: str
    ended_at: str | None
