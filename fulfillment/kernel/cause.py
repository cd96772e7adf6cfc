"""Who did it, and because of what. Every change on an order's timeline carries one."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.immutable import immutable


class CauseKind(StrEnum):
    """Where a chain of events can begin."""

    REQUEST = "request"
    SCHEDULE = "schedule"
    PERSON = "person"


@immutable
class Cause:
    """
    The origin of a change (`kind`, `id`, `actor`) and, for work done by a step, the way it took.

    `id` names the HTTP request, the slot of a schedule, or the command a person ran. `parent_id` is the timeline entry
    that called for the step, so that the entries of an order form a tree.
    """

    kind: CauseKind
    id: str
    actor: str
    step: str | None = None
    dispatch_id: int | None = None
    parent_id: int | None = None
