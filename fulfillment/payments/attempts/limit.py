"""How much one caller has asked to be moved of an order lately: what a limit of its key is held against. Minor units."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.payments.attempts.models import AttemptKind

COUNTED: Final = timedelta(hours=24)
"""How long what was asked for counts."""

# A refused attempt has moved nothing.
_ASKED = text("""
SELECT coalesce(sum(a.amount), 0) FROM timeline t JOIN payment_attempt a ON a.id = CAST(t.detail ->> 'attempt_id' AS bigint)
 WHERE t.order_id = :order_id AND t.verb = :verb AND t.actor = :actor AND t.at > :since AND a.status <> 'failed'
""")


def asked_lately(session: Session, order_id: int, kind: AttemptKind, *, actor: str, at: datetime) -> int:
    """Give what `actor` asked to be captured or refunded of an order in the last 24 hours, what is asked for now included."""
    parameters = {"order_id": order_id, "verb": f"request_{kind}", "actor": actor, "since": at - COUNTED}
    return int(session.execute(_ASKED, parameters).scalar_one())
