"""Attempts to move money that wait for a person."""

from __future__ import annotations

from typing import Any, Literal

from web.schemas.base import Answer, MoneyOut, Page, Reference, Sent, Text


class AttemptsQuery(Page):
    """`by_hand` is to be paid out, `unknown` is to be found out; without it both."""

    status: Literal["by_hand", "unknown"] | None = None


class OutcomeIn(Sent):
    """What became of an attempt. `note` says where that was seen, or why it was given up; money that moved has its reference."""

    outcome: Literal["succeeded", "failed"]
    note: Text
    reference: Reference | None = None


class WaitingAttemptOut(Answer):
    """
    An attempt that waits for a person, with the evidence.

    `sends` is how often it was sent under `key`, `code` and `message` the last answer, `error` that of its dead letter.
    `received_as` and `payment_reference` say how the money came that is to be paid out.
    """

    id: int
    payment_id: int
    order: str
    kind: str
    amount: MoneyOut
    status: str
    method: str
    received_as: str | None
    payment_reference: str | None
    key: str
    sends: int
    code: str | None
    message: str | None
    reason: str | None
    created_at: str
    dead_letter_id: int | None
    error: str | None


class AttemptShownOut(WaitingAttemptOut):
    """An attempt, whatever became of it. `reference` is what the gateway, or who paid it out, knows it by."""

    reference: str | None
    shipment_id: int | None
    lines: list[dict[str, Any]] | None
    decided_at: str | None


class WaitingAttemptsOut(Answer):
    """What waits for a person, oldest first."""

    attempts: list[WaitingAttemptOut]
    next: str | None
