"""
Sweeps: what is looked after on a schedule. Each looks at the state, never at the tick that woke it.

Several beats are harmless: a sweep's slot is taken once, by whoever comes first, and every sweep may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.alarms.look import alarms
from fulfillment.carts.delete import forget_old_carts
from fulfillment.dispatch.dead_letters import bury_silent
from fulfillment.inventory.reservations import expire_reservations
from fulfillment.inventory.try_waiting import try_waiting
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.orders.expire_unpaid import expire_unpaid, overdue_orders
from fulfillment.orders.search.blocks import gather_blocks
from fulfillment.payments.attempts.forgotten import forgotten_attempts
from fulfillment.payments.expiry.expiring import payments_to_tend
from fulfillment.payments.expiry.renew import tend_expiring
from fulfillment.payments.sync.ask_again import ask_again
from fulfillment.process import SWEEPS
from fulfillment.reconciliation.runs import ask_for, take_run
from fulfillment.returns.give_up import give_up_overdue, overdue_returns, remind, returns_to_remind
from fulfillment.subscriptions.queries import due_subscriptions
from fulfillment.subscriptions.repeat import repeat_due
from fulfillment.tracking.match import match, matchable_numbers
from fulfillment.tracking.silent import note_silence, silent_parcels
from fulfillment.webhooks.forget import forget_old_webhooks
from fulfillment.webhooks.refuse import pass_over_broken
from fulfillment.wiring import Services
from fulfillment.workflow.forget import forget_old_events, forget_old_keys, part_by_part
from fulfillment.workflow.reconcile import carry_out

log = structlog.get_logger()

_Subject_contra = TypeVar("_Subject_contra", contravariant=True)

_TAKE_SLOT = text("INSERT INTO sweep_run (name, slot) VALUES (:name, :slot) ON CONFLICT DO NOTHING RETURNING slot")
_KEEP_FOUND = text("UPDATE sweep_run SET found = :found WHERE name = :name AND slot = :slot")
_FORGET_SLOTS = text("DELETE FROM sweep_run WHERE name = :name AND slot < :slot - 1000")


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a sweep: its cause on every timeline it touches, and its time."""

    services: Services
    cause: Cause
    at: datetime


def run_sweep(services: Services, name: str) -> int | None:
    """Run a sweep for the present slot of time; give how much it found, or None where the slot was taken before."""
    at = services.clock()
    slot = int(at.timestamp()) // SWEEPS[name]
    with services.transaction() as session:
        if session.execute(_TAKE_SLOT, {"name": name, "slot": slot}).one_or_none() is None:
            return None
        session.execute(_FORGET_SLOTS, {"name": name, "slot": slot})
    found = _SWEEPS[name](_Run(services, Cause(CauseKind.SCHEDULE, f"{name}:{slot}", "schedule"), at))
    with services.transaction() as session:
        session.execute(_KEEP_FOUND, {"name": name, "slot": slot, "found": found})
    return found


class _Whole(Protocol):
    """A verb that finds and changes what there is in one transaction."""

    def __call__(self, session: Session, *, cause: Cause, at: datetime) -> int: ...


def _whole(verb: _Whole) -> Callable[[_Run], int]:
    def sweep(run: _Run) -> int:
        with run.services.transaction() as session:
            return verb(session, cause=run.cause, at=run.at)

    return sweep


class _OfOne(Protocol[_Subject_contra]):
    """A verb on one thing, that gives how much there was to do."""

    def __call__(self, session: Session, subject: _Subject_contra, /, *, cause: Cause, at: datetime) -> int: ...


def _one_by_one(run: _Run, verb: _OfOne[_Subject_contra], subjects: Iterable[_Subject_contra]) -> int:
    """Do each in a transaction of its own, so that no lock is held over all of them; give how much there was to do."""
    done = 0
    for subject in subjects:
        with run.services.transaction() as session:
            done += verb(session, subject, cause=run.cause, at=run.at)
    return done


def _find_forgotten_payments(run: _Run) -> int:
    with run.services.transaction() as session:
        found = forgotten_attempts(session, at=run.at)
    if found:
        log.error("payments.forgotten", attempts=len(found), first=found[:10])
    return len(found)


def _expire_unpaid_orders(run: _Run) -> int:
    with run.services.transaction() as session:
        order_ids = overdue_orders(session, at=run.at)
    return _one_by_one(run, expire_unpaid, order_ids)


def _renew_authorizations(run: _Run) -> int:
    """Renew the authorizations that end soon, and let go of those that have ended."""
    with run.services.transaction() as session:
        payment_ids = payments_to_tend(session, at=run.at)
    return _one_by_one(run, tend_expiring, payment_ids)


def _repeat_subscriptions(run: _Run) -> int:
    """Repeat the orders that are due, each in a transaction of its own; one that breaks stays due and holds up no other."""
    with run.services.transaction() as session:
        due = due_subscriptions(session, run.at.date())
    repeated = 0
    for subscription_id in due:
        try:
            with run.services.transaction() as session:
                repeated += repeat_due(session, subscription_id, cause=run.cause, at=run.at)
        except Exception:
            log.exception("subscription.broken", subscription=subscription_id)
    return repeated


def _tend_returns(run: _Run) -> int:
    """Tell customers that the time of their returns is nearly over, and give up what has not come in it."""
    with run.services.transaction() as session:
        soon, over = returns_to_remind(session, at=run.at), overdue_returns(session, at=run.at)
    return _one_by_one(run, remind, soon) + _one_by_one(run, give_up_overdue, over)


def _bury_silent_rows(run: _Run) -> int:
    """
    Set rows aside that were handed out over and over and never closed: they kill whoever works on them.

    An event of a webhook that failed for good is passed over: others wait behind it.
    """
    with run.services.transaction() as session:
        buried = bury_silent(session)
    with run.services.transaction() as session:
        return len(buried) + pass_over_broken(session, at=run.at)


def _forget_old_keys(run: _Run) -> int:
    return part_by_part(run.services, forget_old_keys, at=run.at)


def _forget_old_events(run: _Run) -> int:
    return part_by_part(run.services, forget_old_events, at=run.at)


def _forget_old_webhooks(run: _Run) -> int:
    with run.services.transaction() as session:
        return forget_old_webhooks(session, at=run.at)


def _match_tracking(run: _Run) -> int:
    """Tell parcels what came for their numbers before these were entered."""
    with run.services.transaction() as session:
        numbers = matchable_numbers(session)
    return _one_by_one(run, match, numbers)


def _find_silent_parcels(run: _Run) -> int:
    """Find parcels of which their carrier has told nothing since they left."""
    carriers = list(run.services.tracking_events)
    with run.services.transaction() as session:
        parcel_ids = silent_parcels(session, carriers, at=run.at)

    def note(session: Session, parcel_id: int, *, cause: Cause, at: datetime) -> int:
        return note_silence(session, parcel_id, carriers, cause=cause, at=at)

    return _one_by_one(run, note, parcel_ids)


def _raise_alarms(run: _Run) -> int:
    """Write what stands over its limit into the log, for whoever watches nothing else."""
    with run.services.transaction() as session:
        found = alarms(session, run.services.settings.alarm_limits, at=run.at)
    for each in found:
        log.warning(
            "alarm", name=each.limit.name, severity=each.limit.severity, count=each.count, since=each.since.isoformat()
        )
    return len(found)


def _reconcile(run: _Run) -> int:
    """Ask for a look at everything, which repairs nothing: that is for a person to decide."""
    with run.services.transaction() as session:
        ask_for(session, [], repairs=False, cause=run.cause, at=run.at)
    return 0


def _carry_out_reconciliations(run: _Run) -> int:
    """Carry out a reconciliation that was asked for, or that another process has left; give how much it found."""
    with run.services.transaction() as session:
        asked = take_run(session, at=run.at)
    if asked is None:
        return 0
    if found := carry_out(run.services, asked):
        log.warning("drift.found", reconciliation=asked.id, items=len(found))
    return len(found)


def _gather_search_blocks(run: _Run) -> int:
    """Gather what orders are found by, a few thousand orders to a transaction, as long as there is something."""
    gathered = 0
    for _ in range(_MOST_GATHERINGS):
        with run.services.transaction() as session:
            blocks = gather_blocks(session, at=run.at)
        gathered += blocks
        if not blocks:
            break
    return gathered


_MOST_GATHERINGS: Final = 50


_SWEEPS: Final[dict[str, Callable[[_Run], int]]] = {
    "sweeps.find_forgotten_payments": _find_forgotten_payments,
    "sweeps.try_waiting_shipments": _whole(try_waiting),
    "sweeps.expire_unpaid_orders": _expire_unpaid_orders,
    "sweeps.renew_authorizations": _renew_authorizations,
    "sweeps.compare_payments": _whole(ask_again),
    "sweeps.expire_reservations": _whole(expire_reservations),
    "sweeps.repeat_subscriptions": _repeat_subscriptions,
    "sweeps.tend_returns": _tend_returns,
    "sweeps.bury_silent_rows": _bury_silent_rows,
    "sweeps.gather_search_blocks": _gather_search_blocks,
    "sweeps.match_tracking": _match_tracking,
    "sweeps.find_silent_parcels": _find_silent_parcels,
    "sweeps.raise_alarms": _raise_alarms,
    "sweeps.reconcile": _reconcile,
    "sweeps.carry_out_reconciliations": _carry_out_reconciliations,
    "sweeps.forget_old_keys": _forget_old_keys,
    "sweeps.forget_old_events": _forget_old_events,
    "sweeps.forget_old_carts": _whole(forget_old_carts),
    "sweeps.forget_old_webhooks": _forget_old_webhooks,
}
