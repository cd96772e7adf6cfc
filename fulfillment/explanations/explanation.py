"""What an explanation is made of. Amounts are minor units, evidence holds only what JSON can (and times)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fulfillment.access.models import Role
from fulfillment.kernel.job import Refusal


class Who(StrEnum):
    """Who can act."""

    CUSTOMER = "customer"
    CSR = "csr"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"
    SYSTEM = "system"


class Motion(StrEnum):
    """How an order stands: a step is on its way, something stops it, or nothing is left to do."""

    MOVING = "moving"
    BLOCKED = "blocked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API that works as it is written, with a key of one of `roles`."""

    method: str
    path: str
    body: Mapping[str, Any] | None
    roles: tuple[Role, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those of every call: the version of the order, for what goes by it."""

    @property
    def who(self) -> tuple[Who, ...]:
        """Who holds such a key."""
        return tuple(Who.CUSTOMER if role == Role.STOREFRONT else Who(role) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Blocker:
    """
    One thing that an order waits for: of itself, of a shipment, a payment or a hold.

    `stands` says that it is one whether or not something else of the order is moving.
    """

    code: str
    subject: str
    subject_id: int
    since: datetime | None
    reason: str
    evidence: Mapping[str, Any]
    who: tuple[Who, ...]
    call: Call | None = None
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may be asked of an order or a part of it; `refused` is the guard that forbids it now."""

    name: str
    subject: str
    subject_id: int
    call: Call
    refused: Refusal | None = None
    remedy: Call | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that is on its way. One that was handed out is due again when its lease runs out."""

    step: str
    subject_id: int
    due_at: datetime
    handed_out: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an order stands where it stands, and what may be asked of it."""

    number: str
    status: str
    motion: Motion
    blockers: Sequence[Blocker]
    next: NextStep | None
    actions: Sequence[Action]
