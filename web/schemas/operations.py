"""Operations, dead letters, health."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from web.schemas.base import Answer, Sent


class ProblemOfSubjectOut(Answer):
    """Why one subject of an operation was refused."""

    subject_id: int | None
    guard: str
    reason: str
    remedy: str


class OperationOut(Answer):
    """
    What a command that leads to steps is followed by. `done` of `total` subjects were worked, with these problems.

    A bulk operation tells its first problems alone; its items tell of all: `GET /v1/operations/{id}/items`.
    """

    id: int
    kind: str
    status: Literal["pending", "succeeded", "partly_refused", "refused"]
    total: int
    done: int
    problems: list[ProblemOfSubjectOut]
    result: dict[str, Any]
    created_at: str
    finished_at: str | None


class DeadLetterOut(Answer):
    """A step that failed for good, with its error."""

    id: int
    step: str
    order_id: int | None
    subject_id: int
    argument: dict[str, Any] | None
    failures: int
    sends: int
    error: str | None
    created_at: str
    cause: str
    cause_id: str
    actor: str


class DeadLettersOut(Answer):
    """A page of dead letters, by id."""

    dead_letters: list[DeadLetterOut]
    next: str | None


class ReplayIn(Sent):
    """There is nothing to say about a replay."""


class ReplayOut(Answer):
    """The step is due again."""

    id: int
    replayed: bool


class HealthOut(Answer):
    """The process answers."""

    status: str


class ReadyOut(Answer):
    """Whether this process can do its work, and how far the work is behind (seconds the oldest due step waits)."""

    status: str
    database: bool
    schema_version: str | None
    newest_schema_version: str | None
    oldest_due_seconds: float | None


class ProblemOut(Answer):
    """An RFC 9457 problem. `type` is stable; `guard` is the rule that refused, `remedy` what to do; some have more members."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    guard: str | None = None
    remedy: str | None = None
    errors: list[dict[str, str]] | None = None
