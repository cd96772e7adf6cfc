"""
Run a step for a set of dispatch rows: the one entrance of every worker.

One poisonous row must not fail its set: on an unexpected error the set is split and each half run by itself, until the
row that fails stands alone and is put aside with its error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from fulfillment.bulk.work import work_on_bulk
from fulfillment.dispatch import operations
from fulfillment.dispatch.claims import Claim, ClaimedJob, close, read
from fulfillment.dispatch.dead_letters import record_failure
from fulfillment.exchanges.follow import follow_returns
from fulfillment.kernel.job import Job, Outcome
from fulfillment.logs import sentence, without_values
from fulfillment.payments.credits.give_back import return_credit
from fulfillment.shipments.assign import assign, assign_waiting
from fulfillment.shipments.complete import complete, complete_unshippable
from fulfillment.shipments.picklist import add_to_picklist, close_picklist
from fulfillment.shipments.release import release, release_if_automatic
from fulfillment.tracing.port import Tracing
from fulfillment.webhooks.announce import announce
from fulfillment.wiring import Services
from fulfillment.workflow.labels import buy_labels, void_labels
from fulfillment.workflow.mail import send_mail
from fulfillment.workflow.manifests import close_manifests
from fulfillment.workflow.money import move_money
from fulfillment.workflow.sync import sync_payments
from fulfillment.workflow.webhooks import deliver_webhooks

log = structlog.get_logger()

Verb = Callable[..., Outcome]
Runner = Callable[[Services, str, Sequence[Claim]], None]

VERBS: Final[dict[str, Verb]] = {
    "exchanges.follow_returns": follow_returns,
    "inventory.assign": assign,
    "inventory.assign_waiting": assign_waiting,
    "orders.bulk": work_on_bulk,
    "payments.return_credit": return_credit,
    "shipments.release": release,
    "shipments.release_if_automatic": release_if_automatic,
    "shipments.add_to_picklist": add_to_picklist,
    "shipments.close_picklist": close_picklist,
    "shipments.complete": complete,
    "shipments.complete_unshippable": complete_unshippable,
    "webhooks.announce": announce,
}

LABEL_STEPS: Final[dict[str, Runner]] = {
    "labels.buy": buy_labels,
    "labels.void": void_labels,
    "manifests.close": close_manifests,
}

_TRIES_AFTER_DEADLOCK: Final = 3
_DEADLOCK_OR_CONFLICT: Final = ("40P01", "40001", "55P03")


def run_step(
    services: Services, step: str, claims: Sequence[Claim], *, passing_on: tuple[type[Exception], ...] = ()
) -> None:
    """
    Do a step for these rows; what is done is closed, what fails is put off or aside, what is not ours is left alone.

    Raises only what says nothing about the rows: that the database cannot be reached, and what the edge names in
    `passing_on` (its time limit). Then nothing happened, and the lease brings the rows back.
    """
    claims = list(dict.fromkeys(claims))  # A row named twice is one row: its mail goes out once.
    if services.tracing is None:
        _run_set(services, step, claims, passing_on)
    else:
        with _traced(services, services.tracing, step, claims):
            _run_set(services, step, claims, passing_on)


@contextmanager
def _traced(services: Services, tracing: Tracing, step: str, claims: Sequence[Claim]) -> Iterator[None]:
    """Write down how long the rows of a set took, each in the trace of the request that caused it."""
    with services.autocommit() as session:
        causes = [_told(each) for each in read(session, claims)]
    started, failed = time.time_ns(), True
    try:
        yield
        failed = False
    finally:
        tracing.step(step, causes, failed=failed, started=started, ended=time.time_ns())


def _told(each: ClaimedJob) -> dict[str, int | str]:
    """Name a row by the ids that its request, its order and its timeline are found by."""
    ids = {"dispatch_id": each.claim.id, "order_id": each.job.order_id, "operation_id": each.job.operation_id}
    return {"request_id": each.job.cause.id, **{name: found for name, found in ids.items() if found is not None}}


def _run_set(services: Services, step: str, claims: Sequence[Claim], passing_on: tuple[type[Exception], ...]) -> None:
    try:
        _run_once(services, step, claims)
    except Exception as error:
        if isinstance(error, passing_on) or _database_is_gone(error):
            raise
        if len(claims) > 1:
            log.warning("set.split", step=step, rows=len(claims), error=sentence(error))
            half = len(claims) // 2
            _run_set(services, step, claims[:half], passing_on)
            _run_set(services, step, claims[half:], passing_on)
        else:
            _put_aside(services, step, claims[0], error)


def _run_once(services: Services, step: str, claims: Sequence[Claim]) -> None:
    for left in reversed(range(_TRIES_AFTER_DEADLOCK)):
        try:
            runner(step)(services, step, claims)
        except OperationalError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _DEADLOCK_OR_CONFLICT:
                raise
        else:
            return


def runner(step: str) -> Runner:
    """Give what runs a step; raise KeyError for one that nobody knows."""
    if step in VERBS:
        return _do_verb
    if step in LABEL_STEPS:
        return LABEL_STEPS[step]
    if step == "webhooks.deliver":
        return deliver_webhooks
    if step == "payments.sync":
        return sync_payments
    if step.startswith("payments."):
        return move_money
    if step.startswith("notifications."):
        return send_mail
    raise KeyError(step)


def _do_verb(services: Services, step: str, claims: Sequence[Claim]) -> None:
    """Close the rows and do the verb in one transaction: a crash undoes both, a duplicate finds nothing to close."""
    at = services.clock()
    with services.transaction() as session:
        if jobs := [each.job for each in close(session, claims)]:
            _apply(session, VERBS[step], jobs, at)


def _apply(session: Session, verb: Verb, jobs: Sequence[Job], at: datetime) -> None:
    outcome = verb(session, jobs, at=at)
    operations.finish(session, jobs, outcome, at=at)


def _put_aside(services: Services, step: str, claim: Claim, error: Exception) -> None:
    text = without_values((type(error), error, error.__traceback__))[-4000:]
    with services.transaction() as session:
        told = [_told(each) for each in read(session, [claim])]
        dead = record_failure(session, claim, text)
    ids = told[0] if told else {"dispatch_id": claim.id}
    log.error("row.dead" if dead else "row.failed", step=step, error=sentence(error), **ids)


def _database_is_gone(error: Exception) -> bool:
    """Tell a database that cannot be reached from one that answered, also that the statement took too long."""
    if isinstance(error, (InterfaceError, PoolTimeoutError)):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or (getattr(error.orig, "sqlstate", None) or "").startswith(("08", "57P"))
    )
