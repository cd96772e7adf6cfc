"""Why an order stands where it stands."""

from __future__ import annotations

from typing import Any

from web.schemas.base import Answer


class CallOut(Answer):
    """A call that works as it is written, with a key of one of these roles (and, for a POST, an Idempotency-Key)."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    roles: list[str]


class BlockerOut(Answer):
    """One thing that an order waits for: since when, the figures, who can act, and the call that unblocks it."""

    code: str
    subject: str
    subject_id: int
    since: str | None
    reason: str
    evidence: dict[str, Any]
    who: list[str]
    call: CallOut | None


class RefusedOut(Answer):
    """The guard that forbids an action now, and what would help."""

    guard: str
    reason: str
    remedy: str
    call: CallOut | None


class ActionOut(Answer):
    """Something that may be asked of an order or a part of it."""

    action: str
    subject: str
    subject_id: int
    allowed: bool
    call: CallOut
    refused: RefusedOut | None


class NextStepOut(Answer):
    """The step that is on its way; one that was handed out is due again when its lease runs out."""

    step: str
    subject_id: int
    due_at: str
    handed_out: int


class ExplanationOut(Answer):
    """What an order waits for. `motion`: `moving` (`next` says what comes), `blocked`, or `done`."""

    number: str
    status: str
    motion: str
    blockers: list[BlockerOut]
    next: NextStepOut | None
    actions: list[ActionOut]
