"""A draft as it is reviewed: what it is made of, what it costs, what is missing (LI7). Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.checkout.document import from_document
from fulfillment.drafts.appraise import Appraisal, appraise
from fulfillment.drafts.draft import not_a_draft
from fulfillment.orders.read import find_order

_CONTENT = text("SELECT document, entered_by, repeats, notices FROM order_draft WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Review:
    """A draft. `head` is the order's row, `entered_by` who began it, `repeats` the number of the order it was made from."""

    head: RowMapping
    appraisal: Appraisal
    entered_by: str
    repeats: str | None
    notices: Sequence[Mapping[str, Any]]


def review(session: Session, number: str, *, at: datetime) -> Review:
    """Give a draft with what it costs at `at`. Raises NotFound, Conflict `not_a_draft` for an order that is placed."""
    head = find_order(session, number)
    row = session.execute(_CONTENT, {"id": head["id"]}).one_or_none()
    if row is None:
        raise not_a_draft(number, head["underlying_status"])
    appraisal = appraise(session, from_document(row.document), at=at, order_id=head["id"])
    return Review(head, appraisal, row.entered_by, row.repeats, row.notices)
