"""Follow the goods: an exchange settles by itself once all that was announced is here and it is said what becomes of it. (EX3)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.exchanges.end import lose_goods
from fulfillment.exchanges.queries import exchanges_of_returns, lock_exchange
from fulfillment.exchanges.settle import refusal_to_settle, settle_exchange
from fulfillment.exchanges.states import ExchangeStatus
from fulfillment.kernel.job import Job, Outcome
from fulfillment.orders.queries import lock_orders
from fulfillment.returns.queries import lines_of_return, lock_return
from fulfillment.returns.states import ReturnStatus


def follow_returns(session: Session, jobs: Sequence[Job], *, at: datetime) -> Outcome:
    """Let exchanges follow what became of their returns; a return that is for none is left alone."""
    found = exchanges_of_returns(session, (job.subject_id for job in jobs))
    # All locks at once, in the order of the ids: each verb takes those of its own two orders again.
    lock_orders(session, {order_id for each in found for order_id in (each.order_id, each.new_order_id)})
    causes = {job.subject_id: job.cause for job in jobs}
    for each in found:
        parties = lock_exchange(session, each.id)
        if parties.exchange.status != ExchangeStatus.OPEN:
            continue
        _, return_ = lock_return(session, each.return_id)
        cause = causes[each.return_id]
        if return_.status == ReturnStatus.CANCELED:
            lose_goods(session, each.id, cause=cause, at=at)
        elif refusal_to_settle(parties, return_, lines_of_return(session, return_.id)) is None:
            settle_exchange(session, each.id, cause=cause, at=at, by_person=False)
    return Outcome(done=[job.subject_id for job in jobs])
