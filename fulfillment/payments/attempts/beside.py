"""Attempts beside one another: a refund of pieces that several payments bear. The pieces are free again once all are refused. (PY6)"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.payments.attempts.models import PaymentAttempt
from fulfillment.payments.queries import Attempt
from fulfillment.timeline.changes import Changes

_HEIR = text("""
SELECT a.id FROM payment_attempt a JOIN payment p ON p.id = a.payment_id
 WHERE a.order_id = :order_id AND a.beside_id = :beside_id AND a.status <> 'failed' AND a.id <> ALL (CAST(:gone AS bigint[]))
 ORDER BY p.position LIMIT 1
""")


def stand_together(changes: Changes, attempt_ids: Sequence[int]) -> None:
    """Let attempts that were begun in this change know of one another."""
    for attempt_id in attempt_ids:
        changes.set(PaymentAttempt, attempt_id, beside_id=attempt_ids[0])


def hand_on_pieces(session: Session, changes: Changes, attempt: Attempt, others: Iterable[Attempt]) -> None:
    """
    Let another attempt of the same refund bear the pieces of one that is refused, if any is not refused.

    Some of what was paid for them goes back by that one, so they are not to be refunded as pieces once more; what is missing
    then can be refunded as an amount. `others` are read already, and may be refused in this same change.
    """
    if not attempt.lines or attempt.beside_id is None:
        return
    known = {other.id: other for other in others}
    gone = [attempt.id, *(other.id for other in known.values() if other.status == "failed")]
    parameters = {"order_id": attempt.order_id, "beside_id": attempt.beside_id, "gone": gone}
    heir = session.execute(_HEIR, parameters).scalar()
    if heir is None:
        return
    changes.set(PaymentAttempt, heir, lines=attempt.lines)
    changes.set(PaymentAttempt, attempt.id, lines=None)
    if heir in known:
        known[heir].lines = attempt.lines
    attempt.lines = None
