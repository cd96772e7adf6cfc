"""
Sweeps: what is looked after on a schedule. Each looks at the state, never at the tick that woke it.

Several beats are harmless: a sweep's slot is taken once, by whoever comes first, and every sweep may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.alarms.look import alarms
from fulfillment.carts.delete import forget_old_carts
from fulfillment.dispatch.dead_letters import bury_silent
from fulfillment.inventory.reservations import expire_reservations
from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.queries import lock_orders
from fulfillment.orders.search.blocks import gather_blocks
from fulfillment.payments.expiry.expiring import payments_to_tend
from fulfillment.payments.expiry.renew import tend_expiring
from fulfillment.payments.sync.ask_again import ask_again
from fulfillment.process import SWEEPS
from fulfillment.reconciliation.runs import ask_for, take_run
from fulfillment.returns.give_up import give_up_overdue, overdue_returns, remind, returns_to_remind
from fulfillment.subscriptions.queries import due_subscriptions
from fulfillment.subscriptions.repeat import repeat_due
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.match import match, matchable_numbers
from fulfillment.tracking.silent import note_silence, silent_parcels
from fulfillment.webhooks.forget import forget_old_webhooks
from fulfillment.wiring import Services
from fulfillment.workflow.forget import MOST, forget_old_events, forget_old_keys
from fulfillment.workflow.reconcile import carry_out

log = structlog.get_logger()

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


def _find_forgotten_payments(run: _Run) -> int:
    """
    Count the attempts that nobody will ask about: undecided for a quarter of an hour, and without a dispatch row.

    There should be none. An attempt of unknown outcome is asked about by its own row, five minutes after the last time
    at most; to make such a row due sooner would take it from a worker who may be asking at this moment.
    """
    with run.services.transaction() as session:
        found = session.execute(_FORGOTTEN, {"at": run.at}).scalars().all()
    if found:
        log.error("payments.forgotten", attempts=len(found), first=found[:10])
    return len(found)


_FORGOTTEN = text("""
SELECT a.id FROM payment_attempt a
 WHERE a.status IN ('new', 'sending', 'unknown') AND a.created_at < CAST(:at AS timestamptz) - interval '15 minutes'
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.order_id = a.order_id
                      AND CASE a.status WHEN 'new' THEN d.subject_id = a.id AND d.step = 'payments.send'
                                        ELSE d.id = a.dispatch_id END)
 ORDER BY a.id
""")


_WAITED_FOR = text("""
SELECT w.product_id FROM waiting_line w
 WHERE EXISTS (SELECT FROM stock s WHERE s.product_id = w.product_id AND s.on_hand - s.allocated > s.safety
                  AND coalesce(s.available_from <= CAST(:at AS timestamptz), true))
   AND NOT EXISTS (SELECT FROM dispatch d WHERE d.step = 'inventory.assign_waiting' AND d.subject_id = w.product_id)
 GROUP BY w.product_id ORDER BY random() LIMIT 500
""")


def _try_waiting_shipments(run: _Run) -> int:
    """Try the shipments that wait for a product of which there is some."""
    with run.services.transaction() as session:
        products = session.execute(_WAITED_FOR, {"at": run.at}).scalars().all()
        changes = Changes(at=run.at)
        for product_id in products:
            changes.publish("stock.gained", product_id, run.cause)
        changes.write(session)
    return len(products)


_UNPAID = text("""
SELECT o.id FROM purchase_order o JOIN market m ON m.id = o.market_id
 WHERE o.status = 'in_progress' AND NOT (o.open_holds > 0) AND o.archived_at IS NULL AND o.covered_at IS NULL
   AND o.placed_at < CAST(:at AS timestamptz) - make_interval(secs => m.unpaid_after_seconds)
   AND NOT EXISTS (SELECT FROM payment_attempt a
                    WHERE a.order_id = o.id AND a.kind = 'authorize' AND a.status IN ('sending', 'unknown')
                      AND a.code IS DISTINCT FROM 'requires_action')
   -- Who has pre-ordered has as long from the day on which it can be assigned, or was.
   AND NOT EXISTS (SELECT FROM waiting_line w WHERE w.order_id = o.id
                      AND w.not_before > CAST(:at AS timestamptz) - make_interval(secs => m.unpaid_after_seconds))
   AND NOT EXISTS (SELECT FROM shipment s WHERE s.order_id = o.id AND s.status = 'inventory_assigned'
                      AND s.status_since > CAST(:at AS timestamptz) - make_interval(secs => m.unpaid_after_seconds))
 ORDER BY o.placed_at LIMIT 200
""")


def _expire_unpaid_orders(run: _Run) -> int:
    """Cancel orders that nobody has paid in the time their market allows; each in a transaction of its own."""
    with run.services.transaction() as session:
        order_ids = session.execute(_UNPAID, {"at": run.at}).scalars().all()
    return sum(_expire(run, order_id) for order_id in order_ids)


def _expire(run: _Run, order_id: int) -> bool:
    with run.services.transaction() as session:
        # Looked at again under the lock: a payment may have arrived meanwhile.
        if _still_unpaid(session, order_id):
            try:
                cancel(
                    session,
                    order_id,
                    Cancellation("not paid in time", notify_customer=True),
                    cause=run.cause,
                    at=run.at,
                )
            except Conflict:
                return False
            return True
    return False


def _still_unpaid(session: Session, order_id: int) -> bool:
    # Locked first, looked at after: an attempt that another had begun under the lock must be seen.
    lock_orders(session, [order_id])
    return session.execute(_IS_UNPAID, {"id": order_id}).one_or_none() is not None


_IS_UNPAID = text("""
SELECT id FROM purchase_order o
 WHERE id = :id AND covered_at IS NULL AND status = 'in_progress'
   AND NOT EXISTS (SELECT FROM payment_attempt a
                    WHERE a.order_id = o.id AND a.kind = 'authorize' AND a.status IN ('sending', 'unknown')
                      AND a.code IS DISTINCT FROM 'requires_action')
""")


def _renew_authorizations(run: _Run) -> int:
    """Renew the authorizations that end soon, and let go of those that have ended; each in a transaction of its own."""
    with run.services.transaction() as session:
        payment_ids = payments_to_tend(session, at=run.at)
    tended = 0
    for payment_id in payment_ids:
        with run.services.transaction() as session:
            tended += tend_expiring(session, payment_id, cause=run.cause, at=run.at)
    return tended


def _compare_payments(run: _Run) -> int:
    """Have the gateway asked again about orders whose money was otherwise there, or is not known."""
    with run.services.transaction() as session:
        return ask_again(session, cause=run.cause, at=run.at)


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
    tended = 0
    for verb, return_ids in ((remind, soon), (give_up_overdue, over)):
        for return_id in return_ids:
            with run.services.transaction() as session:
                tended += verb(session, return_id, cause=run.cause, at=run.at)
    return tended


def _bury_silent_rows(run: _Run) -> int:
    """Set rows aside that were handed out over and over and never closed: they kill whoever works on them."""
    with run.services.transaction() as session:
        return len(bury_silent(session))


def _forget_old_keys(run: _Run) -> int:
    return _part_by_part(run, forget_old_keys)


def _forget_old_events(run: _Run) -> int:
    return _part_by_part(run, forget_old_events)


_MOST_PARTS: Final = 40
"""Of one run: a busy shop leaves some hundred thousand keys an hour, and a task has its time limit."""


def _part_by_part(run: _Run, forget: Callable[..., int]) -> int:
    """Forget until nothing is left to forget, each part in a transaction of its own."""
    forgotten = 0
    for _ in range(_MOST_PARTS):
        with run.services.transaction() as session:
            part = forget(session, at=run.at)
        forgotten += part
        if part < MOST:
            break
    return forgotten


def _forget_old_webhooks(run: _Run) -> int:
    """Forget what was told long ago."""
    with run.services.transaction() as session:
        return forget_old_webhooks(session, at=run.at)


def _forget_old_carts(run: _Run) -> int:
    """Forget carts that nobody has touched for as long as their market keeps them; wish lists are kept."""
    with run.services.transaction() as session:
        return forget_old_carts(session, cause=run.cause, at=run.at)


def _expire_reservations(run: _Run) -> int:
    """Free the pieces that carts have held for as long as they may."""
    with run.services.transaction() as session:
        return expire_reservations(session, cause=run.cause, at=run.at)


def _match_tracking(run: _Run) -> int:
    """Tell parcels what came for their numbers before these were entered; each number in a transaction of its own."""
    with run.services.transaction() as session:
        numbers = matchable_numbers(session)
    matched = 0
    for number in numbers:
        with run.services.transaction() as session:
            matched += match(session, number, cause=run.cause, at=run.at)
    return matched


def _find_silent_parcels(run: _Run) -> int:
    """Find parcels of which their carrier has told nothing since they left; each in a transaction of its own."""
    carriers = list(run.services.tracking_events)
    with run.services.transaction() as session:
        parcel_ids = silent_parcels(session, carriers, at=run.at)
    noted = 0
    for parcel_id in parcel_ids:
        with run.services.transaction() as session:
            noted += note_silence(session, parcel_id, carriers, cause=run.cause, at=run.at)
    return noted


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
    "sweeps.try_waiting_shipments": _try_waiting_shipments,
    "sweeps.expire_unpaid_orders": _expire_unpaid_orders,
    "sweeps.renew_authorizations": _renew_authorizations,
    "sweeps.compare_payments": _compare_payments,
    "sweeps.expire_reservations": _expire_reservations,
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
    "sweeps.forget_old_carts": _forget_old_carts,
    "sweeps.forget_old_webhooks": _forget_old_webhooks,
}
