"""The step `payments.sync`: ask the gateway what happened to the money of orders, and take it over (PY3)."""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment.dispatch import operations
from fulfillment.dispatch.claims import Claim, close, lock, postpone, read
from fulfillment.kernel.job import Outcome
from fulfillment.payments.sync.ask import Told, ask, referred
from fulfillment.payments.sync.sync import sync
from fulfillment.wiring import Services

NO_BOOKS = "no_books"
"""The code of a gateway with which nothing can be compared, ever."""


def ask_about(services: Services, order_ids: Sequence[int]) -> Told:
    """Ask the gateway about the payments of these orders. No transaction may be open."""
    at = services.clock()
    with services.autocommit() as session:
        payments = referred(session, order_ids)
    return ask(services.gateway, payments, at=at)


def sync_payments(services: Services, _: str, claims: Sequence[Claim]) -> None:
    """Run the step for a set of dispatch rows; what the gateway could not be asked about is asked again later."""
    with services.transaction() as session:
        jobs = read(session, claims)
    told = ask_about(services, [each.job.subject_id for each in jobs])
    at = services.clock()
    with services.transaction() as session:
        ours = lock(session, [each.claim for each in jobs])
        causes = {each.job.subject_id: each.job.cause for each in ours}
        sync(session, causes, told, causes=causes, at=at)
        done = []
        for each in ours:
            unclear = told.unclear(each.job.subject_id)
            if unclear is None or unclear.code == NO_BOOKS:
                done.append(each)
            else:
                seconds = min(3600.0, 2.0 ** min(each.claim.fence, 12))
                postpone(session, [each.claim], seconds=seconds, error=f"{unclear.code}: {unclear.message}")
        close(session, [each.claim for each in done])
        outcome = Outcome(done=[each.job.subject_id for each in done])
        operations.finish(session, [each.job for each in done], outcome, at=at)
