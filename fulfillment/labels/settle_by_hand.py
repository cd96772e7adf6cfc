"""Settle by hand: a person says what became of a label that nobody can ask the carrier about any more. Amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.port import Answer, Result, SoldLabel
from fulfillment.dispatch.dead_letters import replay
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.labels.queries import LabelUnderLock, labels, order_of_label
from fulfillment.labels.settle import Bought, settle_purchases, settle_voids
from fulfillment.labels.states import UNDECIDED, LabelStatus
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import lock_order
from fulfillment.timeline.changes import Changes

SETTLED_BY_HAND: Final = "settled_by_hand"


class Outcome(StrEnum):
    """What a person found in the carrier's records."""

    BOUGHT = "bought"
    FAILED = "failed"
    VOIDED = "voided"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a label, and where that was seen; one that was bought has its reference and number, and perhaps a price."""

    outcome: Outcome
    note: str
    reference: str | None = None
    tracking_number: str | None = None
    amount: int = 0
    currency: str = "GBP"


# The row stays locked, so that nothing is sent between the look and the settlement.
_DEAD_LETTER = text("""
SELECT id FROM dispatch WHERE order_id = :order_id AND lane = 'labels' AND subject_id = :id AND dead ORDER BY id LIMIT 1 FOR UPDATE
""")


def settle_by_hand(session: Session, label_id: int, said: Settlement, *, cause: Cause, at: datetime) -> None:
    """
    Settle a label of which the carrier cannot be asked any more: whether it was bought, or taken back.

    The dead letter is tried again at once, and finds nothing left to do; a label that was bought and that nobody wants is given
    back. Raises NotFound, Conflict `decided` for one that has its outcome, Conflict `still_asked` while the carrier is still
    being asked, Invalid for an outcome that does not fit or lacks its number.
    """
    order_id = order_of_label(session, label_id)
    # Dispatch rows before orders, as all do.
    dead_letter = session.scalar(_DEAD_LETTER, {"order_id": order_id, "id": label_id})
    order = lock_order(session, order_id)
    label = labels(session, [label_id])[label_id]
    _refuse(label, said, is_dead=dead_letter is not None)
    changes = Changes(at=at)
    changes.raise_version(PurchaseOrder, order)
    detail = {"parcel_id": label.parcel_id, "outcome": said.outcome, "note": said.note, "reference": said.reference}
    changes.note("label", label.id, order.id, "settle_by_hand", cause, detail)
    changes.write(session)
    bought = Bought(label, _answer(said, at), cause)
    settle = settle_purchases if label.status in UNDECIDED else settle_voids
    settle(session, [bought], at=at)
    if dead_letter is not None:
        replay(session, [dead_letter])


def _answer(said: Settlement, at: datetime) -> Answer:
    result = Result.SUCCEEDED if said.outcome in (Outcome.BOUGHT, Outcome.VOIDED) else Result.FAILED
    sold = None
    if said.outcome == Outcome.BOUGHT:
        assert said.reference is not None
        assert said.tracking_number is not None
        sold = SoldLabel(said.reference, said.tracking_number, said.amount, said.currency, b"", at)
    return Answer(result, sold, SETTLED_BY_HAND, said.note)


def _refuse(label: LabelUnderLock, said: Settlement, *, is_dead: bool) -> None:
    purchase = label.status in UNDECIDED
    if not purchase and label.status != LabelStatus.VOIDING:
        raise Conflict(
            f"label {label.id} is {label.status}", code="decided", guard="undecided", remedy="nothing is to be decided"
        )
    if not is_dead:
        raise Conflict(
            f"the carrier is still being asked about label {label.id}",
            code="still_asked",
            guard="undecided",
            remedy="wait: what cannot be found out becomes a dead letter, and then a person decides",
        )
    fitting = _fitting(label)
    if said.outcome not in fitting:
        raise Invalid(
            f"label {label.id} is {label.status}: it cannot have been {said.outcome}",
            code="outcome_does_not_fit",
            remedy=f"say {' or '.join(fitting)}",
        )
    if said.outcome == Outcome.BOUGHT and (said.reference is None or said.tracking_number is None):
        raise Invalid(
            "a label that was bought has a reference and a tracking number",
            code="no_number",
            remedy="send both as the carrier's records show them",
        )


def _fitting(label: LabelUnderLock) -> tuple[Outcome, ...]:
    """Give what may have become of a label: one that no carrier was ever asked for was bought of none."""
    if label.status == LabelStatus.NEW:
        return (Outcome.FAILED,)
    return (Outcome.BOUGHT, Outcome.FAILED) if label.status in UNDECIDED else (Outcome.VOIDED, Outcome.KEPT)
