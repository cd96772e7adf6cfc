"""Settle: what the carrier answered, written down once: the label, its paper, the parcel's number, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.port import Answer, Result, SoldLabel
from fulfillment.kernel.cause import Cause
from fulfillment.labels.models import Label
from fulfillment.labels.queries import LabelUnderLock
from fulfillment.labels.states import LABEL, UNDECIDED, LabelStatus
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.match import catch_up

_KEEP_PAPER = text("""
INSERT INTO label_document (id, order_id, content) VALUES (:id, :order_id, :content) ON CONFLICT (id) DO NOTHING
""")
_NUMBER = text("""
WITH numbered AS (UPDATE parcel SET tracking_number = :number WHERE id = :parcel)
UPDATE shipment s SET tracking_number = :number
 WHERE s.id = :shipment AND s.tracking_number IS NULL AND (SELECT count(*) FROM parcel p WHERE p.shipment_id = s.id) = 1
""")
NOBODY_KNOWS: Final = "the outcome is unknown, and the carrier no longer knows the key: compare with its records"
"""What a dead letter says of a label that a person is to settle."""
WITHDRAWN: Final = Answer(Result.FAILED, None, "withdrawn", "It was given up before it was asked for.")


@dataclass(frozen=True, slots=True)
class Bought:
    """What became of a purchase, and because of what."""

    label: LabelUnderLock
    answer: Answer
    cause: Cause


def settle_purchases(session: Session, bought: Sequence[Bought], *, at: datetime) -> None:
    """
    Write down what became of labels of locked orders; an unclear answer makes a label unknown.

    The number of a label that is wanted lands on its parcel, and on its shipment where that has this one parcel and no number.
    One that nobody wants any more is given back at once.
    """
    changes = Changes(at=at)
    for each in bought:
        _decide(changes, each)
    changes.write(session)
    for each in bought:
        sold = each.answer.label
        if each.answer.result == Result.SUCCEEDED and sold is not None:
            _keep(session, each.label, sold)
    numbered = [each for each in bought if each.label.status == LabelStatus.BOUGHT and each.label.unwanted_at is None]
    for each in numbered:  # The carrier may have told of a parcel before its number was known here.
        catch_up(session, [each.label.parcel_id], cause=each.cause, at=at)


def settle_voids(session: Session, answers: Sequence[Bought], *, at: datetime) -> None:
    """Write down what became of labels that were given back; an unclear answer leaves them as they are, to be asked again."""
    changes = Changes(at=at)
    for each in answers:
        said: dict[str, Any] = {"code": each.answer.code, "message": each.answer.message}
        if each.answer.result == Result.UNKNOWN:
            changes.set(Label, each.label.id, **said)
            continue
        verb = "void" if each.answer.result == Result.SUCCEEDED else "keep"
        detail = {"tracking_number": each.label.tracking_number, **_told(said)}
        changes.move(LABEL, Label, each.label, verb, each.cause, detail=detail, status_since=at, **said)
    changes.write(session)


def _decide(changes: Changes, each: Bought) -> None:
    label, answer = each.label, each.answer
    said: dict[str, Any] = {"code": answer.code, "message": answer.message}
    if answer.result == Result.UNKNOWN:
        if label.status == LabelStatus.SENDING:
            changes.move(
                LABEL, Label, label, "lose_sight", each.cause, detail=_told(said), status_since=changes.at, **said
            )
        else:
            changes.set(Label, label.id, **said)
        return
    if answer.result == Result.FAILED or answer.label is None:
        changes.move(LABEL, Label, label, "fail", each.cause, detail=_told(said), status_since=changes.at, **said)
        return
    sold = answer.label
    detail = {"parcel_id": label.parcel_id, "tracking_number": sold.tracking_number, "service": label.service}
    entry = changes.move(
        LABEL,
        Label,
        label,
        "buy",
        each.cause,
        detail=detail,
        status_since=changes.at,
        reference=sold.reference,
        tracking_number=sold.tracking_number,
        amount=sold.amount,
        currency=sold.currency,
        **said,
    )
    if label.unwanted_at is not None:
        changes.publish("label.void_wanted", label.id, each.cause, order_id=label.order_id, because=entry)


def _keep(session: Session, label: LabelUnderLock, sold: SoldLabel) -> None:
    if sold.document:
        session.execute(_KEEP_PAPER, {"id": label.id, "order_id": label.order_id, "content": sold.document})
    if label.unwanted_at is None:
        where = {"number": sold.tracking_number, "parcel": label.parcel_id, "shipment": label.shipment_id}
        session.execute(_NUMBER, where)


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def undecided(labels: Mapping[int, LabelUnderLock]) -> list[LabelUnderLock]:
    """Give those labels of which nobody knows yet whether they are sold."""
    return [label for label in labels.values() if label.status in UNDECIDED]
