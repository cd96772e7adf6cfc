"""Hint: a gateway says that something happened. That is no fact: it is a reason to ask. (Issue of webhooks: Medusa #13301 and others)"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.write import Insert
from fulfillment.kernel.cause import Cause
from fulfillment.payments.gateway.port import Hint
from fulfillment.payments.sync.models import GatewayEvent
from fulfillment.timeline.changes import Changes

_OF_WHAT = text("""
SELECT o.id, EXISTS (SELECT FROM payment_attempt a WHERE a.key = :key AND a.status = 'succeeded') AS is_known,
       EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND d.lane = 'books' AND d.step = 'payments.sync'
                  AND d.fence = 0 AND NOT d.dead) AS is_asked
  FROM purchase_order o WHERE o.number = :number
""")


def take_hint(session: Session, hint: Hint, *, cause: Cause, at: datetime) -> bool:
    """
    Ask the gateway about the order that an event names, once for however many events; tell whether that was promised.

    Nothing is written for an event that was told before, that is of no order of ours, of which our books know already, or
    about whose order a question that was not begun yet is on its way.
    """
    of_what = session.execute(_OF_WHAT, {"key": hint.key, "number": hint.order_number}).one_or_none()
    if of_what is None or of_what.is_known or of_what.is_asked:
        return False
    changes = Changes(at=at)
    changes.publish("payment.hinted", of_what.id, cause, order_id=of_what.id)
    return changes.write(session, only_if=Insert(GatewayEvent, [{"id": hint.id, "received_at": at}]))
