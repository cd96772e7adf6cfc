"""What a verb is given and what it gives back. Verbs take sets; an HTTP call is a set of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.kernel.immutable import immutable


@immutable
class Job:
    """One member of a set: do the verb to `subject_id`, because of `cause`."""

    subject_id: int
    cause: Cause
    order_id: int | None = None
    argument: Mapping[str, object] = field(default_factory=dict)
    operation_id: int | None = None


@immutable
class Refusal:
    """
    A guard's no: which one, why, and what would turn it into a yes.

    `code` is said instead of the guard's name where one guard has several answers; `members` are further facts.
    """

    subject_id: int
    guard: str
    reason: str
    remedy: str
    code: str | None = None
    members: Mapping[str, object] = field(default_factory=dict)

    def as_error(self) -> Conflict:
        """Give the error an edge raises when its set of one was refused."""
        return Conflict(
            self.reason, code=self.code or self.guard, guard=self.guard, remedy=self.remedy, members=self.members
        )


@immutable
class Outcome:
    """What became of each member of a set."""

    done: Sequence[int] = ()
    refused: Sequence[Refusal] = ()
