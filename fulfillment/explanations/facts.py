"""What is known of an order when it is explained: one moment of it, read without a lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from fulfillment.catalog.return_policy import ReturnPolicy
from fulfillment.drafts.obstacles import Obstacle
from fulfillment.orders.delete import Past
from fulfillment.orders.queries import FloorSet, Line, OrderUnderLock, ShipmentUnderLock
from fulfillment.payments.queries import PaymentUnderLock
from fulfillment.returns.queries import PiecesOfLine, ReturnUnderLock, SoldLine
from fulfillment.shipments.labeled import Labels
from fulfillment.shipments.shortage import Shortage


@dataclass(slots=True)
class OpenHold:
    """A hold that is open, as a subject of its machine."""

    id: int
    order_id: int
    status: str
    reason: str
    note: str | None
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class AttemptMade:
    """An attempt to move money, and what the gateway said."""

    id: int
    payment_id: int
    shipment_id: int | None
    dispatch_id: int | None
    kind: str
    amount: int
    status: str
    code: str | None
    message: str | None
    reason: str | None
    lines: list[dict[str, Any]] | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PromisedStep:
    """A dispatch row of the order, or one that fills up what it waits for. `is_due` by the database's clock."""

    id: int
    step: str
    lane: str
    order_id: int | None
    subject_id: int
    due_at: datetime
    is_due: bool
    handed_out: int
    failures: int
    dead: bool
    error: str | None
    created_at: datetime

    @property
    def is_postponed(self) -> bool:
        """Whether it went wrong and is tried again later."""
        return not self.dead and self.error is not None and not self.is_due

    @property
    def is_live(self) -> bool:
        """Whether it is due or being worked on."""
        return not self.dead and not self.is_postponed


@dataclass(frozen=True, slots=True)
class InHand:
    """Pieces that were picked for a canceled shipment, and lie on no shelf yet."""

    put_back_id: int
    shipment: str
    sku: str
    quantity: int
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenReturn:
    """A return that has not ended. `undecided` are warehouse, SKU and pieces of which nobody has said what becomes of them."""

    subject: ReturnUnderLock
    lines: Sequence[PiecesOfLine]
    since: datetime
    undecided: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Facts:
    """An order with all that may keep it waiting at a moment."""

    at: datetime
    order: OrderUnderLock
    shipments: Sequence[ShipmentUnderLock]
    lines: Mapping[int, Sequence[Line]]
    since: Mapping[int, datetime]
    """When each shipment came to its status."""
    payments: Sequence[PaymentUnderLock]
    attempts: Sequence[AttemptMade]
    holds: Sequence[OpenHold]
    steps: Sequence[PromisedStep]
    past: Past
    shortages: Mapping[int, Shortage] = field(default_factory=dict)
    lost_assignments: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Why, and when, a shipment that waits lost the pieces that it had."""
    differences: Sequence[Mapping[str, Any]] = ()
    """What is otherwise at the gateway, and was left to a person."""
    chargebacks: Sequence[Mapping[str, Any]] = ()
    """What banks took back, and nobody knows yet whether for good."""
    in_hand: Sequence[InHand] = ()
    awaited: RowMapping | None = None
    """What an order of an exchange waits for."""
    parcel_problems: Sequence[Mapping[str, Any]] = ()
    """Parcels that left and do not arrive as they should, while nobody has decided what becomes of them."""
    labels: Labels = field(default_factory=dict)
    """The parcels, with their labels, of shipments that must not leave without any."""
    obstacles: Sequence[Obstacle] = ()
    """What keeps a draft from being placed."""

    returns: Sequence[OpenReturn] = ()
    sold: Sequence[SoldLine] = ()
    """The line items of which something may come back; read only where something was shipped."""
    return_policy: ReturnPolicy | None = None

    @property
    def floor(self) -> FloorSet:
        """The order as the guards of shipments ask for it."""
        return FloorSet({self.order.id: self.order}, {self.order.id: list(self.shipments)}, list(self.shipments))

    def step_of(self, attempt: AttemptMade) -> PromisedStep | None:
        """Give the row that is to decide an attempt, or to send it."""
        return next(
            (
                step
                for step in self.steps
                if step.id == attempt.dispatch_id
                or (
                    step.step in ("payments.send", "payments.return_credit")
                    and step.subject_id == attempt.id
                    and attempt.dispatch_id is None
                )
            ),
            None,
        )
