"""
Sync: take over what happened to the money of orders at the gateway (PY3). A webhook, a poll and a person are one verb.

The gateway is asked before, with no transaction open; its answer is compared here, under the locks of the orders. What it says has
happened, so it may be told late, twice and in any order: whoever comes second finds no difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch.wake import hold_rows, wake
from fulfillment.kernel.cause import Cause
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_orders
from fulfillment.payments.amounts.excess import is_left_over
from fulfillment.payments.attempts.settle import Answered, settle
from fulfillment.payments.expiry.expire import expire
from fulfillment.payments.gateway.port import Answer, History, Result, TransactionKind
from fulfillment.payments.queries import PaymentUnderLock, attempts, payments_of
from fulfillment.payments.sync.adopt import adopt, fits
from fulfillment.payments.sync.ask import Referred, Told, is_unclear
from fulfillment.payments.sync.bank import came_and_went, follow_bank, take_both
from fulfillment.payments.sync.compare import Books, Difference, DifferenceKind, Known, compare
from fulfillment.payments.sync.models import PaymentDifference
from fulfillment.timeline.changes import Changes

_UNDECIDED_ROWS = text("""
SELECT dispatch_id FROM payment_attempt
 WHERE order_id = ANY (CAST(:orders AS bigint[])) AND dispatch_id IS NOT NULL AND status IN ('sending', 'unknown')
""")
_KNOWN = text("""
SELECT id, payment_id, dispatch_id, key, kind, amount, status, reference, decided_at FROM payment_attempt
 WHERE order_id = ANY (CAST(:orders AS bigint[])) ORDER BY created_at, id
""")
_CHARGED_BACK = text("""
SELECT payment_id, reference, reversal_reference FROM chargeback WHERE order_id = ANY (CAST(:orders AS bigint[]))
""")
_ENDED = text("""
SELECT DISTINCT p.order_id, p.id FROM payment_attempt a JOIN payment p ON p.id = a.payment_id
 WHERE a.order_id = ANY (CAST(:orders AS bigint[])) AND a.status = 'failed' AND a.code = 'authorization_expired'
   AND p.expired = 0 AND p.authorized > p.captured + p.voided
""")
_FORGET = text("""
DELETE FROM payment_difference WHERE payment_id = ANY (CAST(:ids AS bigint[])) RETURNING order_id, kind, reference
""")


@dataclass(frozen=True, slots=True)
class Synced:
    """A difference that was found, and whether our books now say what the gateway says."""

    difference: Difference
    applied: bool


@dataclass(frozen=True, slots=True)
class _Sync:
    """One sync of locked orders."""

    session: Session
    told: Told
    orders: Mapping[int, OrderUnderLock]
    causes: Mapping[int, Cause]
    at: datetime


def sync(
    session: Session,
    order_ids: Iterable[int],
    told: Told,
    *,
    causes: Mapping[int, Cause],
    at: datetime,
    by_person: bool = False,
) -> dict[int, list[Synced]]:
    """
    Compare our books of these orders with what the gateway said, and take over what has surely happened; give the differences.

    Taken over are outcomes of attempts that were not known, captures, voids and refunds made elsewhere that fit our books,
    what has expired, chargebacks and their reversals. Anything else is kept as a difference until a sync finds it gone. A person's sync makes a new version of an order in
    which it finds something. Nothing is ever sent.
    """
    order_ids = sorted(set(order_ids))
    # Dispatch rows before orders, as all do.
    rows = hold_rows(session, session.execute(_UNDECIDED_ROWS, {"orders": order_ids}).scalars().all())
    orders = lock_orders(session, order_ids)
    running = _Sync(session, told, orders, causes, at)
    found = _compare_all(running)
    applied = {order_id: _apply_all(running, differences) for order_id, differences in found.items()}
    _expire_untold(running)
    _write_down(running, applied, by_person=by_person)
    wake(session, rows)  # Whatever is still undecided is asked about by its own row, and that at once.
    return applied


def _compare_all(running: _Sync) -> dict[int, list[Difference]]:
    known: dict[int, list[Known]] = defaultdict(list)
    for row in running.session.execute(_KNOWN, {"orders": sorted(running.orders)}).all():
        known[row.payment_id].append(Known(*row))
    payments = payments_of(running.session, running.orders)
    expired = {each.id: each.expired for listed in payments.values() for each in listed}
    told: dict[int, set[str]] = defaultdict(set)
    for payment_id, *references in running.session.execute(_CHARGED_BACK, {"orders": sorted(running.orders)}).all():
        told[payment_id].update(each for each in references if each is not None)
    found: dict[int, list[Difference]] = {order_id: [] for order_id in running.orders}
    for payment in running.told.payments:
        if (order := running.orders.get(payment.order_id)) is not None:  # else it was deleted since
            books = Books(
                payment.id, order.currency, known[payment.id], frozenset(told[payment.id]), expired[payment.id]
            )
            found[order.id] += _compare(running.told, payment, books)
    return found


def _compare(told: Told, payment: Referred, books: Books) -> list[Difference]:
    answer = told.answers[payment.id]
    if not isinstance(answer, Answer):
        return compare(books, answer, asked_at=told.asked_at)
    if is_unclear(answer):
        return []
    # The gateway does not know the authorization at all, although it once gave us its reference.
    lost = next(each for each in books.attempts if each.reference == payment.reference)
    return [Difference(DifferenceKind.UNKNOWN_TO_GATEWAY, payment.id, books.currency, attempt=lost)]


def _apply_all(running: _Sync, differences: Sequence[Difference]) -> list[Synced]:
    """Take over what fits, as often as something makes room for more; and what never fits but ends as it began."""
    left = list(differences)
    while (still := [each for each in left if not _apply(running, each)]) and len(still) < len(left):
        left = still
    for taken, given_again in came_and_went(still):
        payment = _payment(running, taken)
        cause = running.causes[payment.order_id]
        take_both(running.session, payment, taken, given_again, cause=cause, at=running.at)
        still = [each for each in still if each not in (taken, given_again)]
    return [Synced(each, each not in still) for each in differences]


def _apply(running: _Sync, difference: Difference) -> bool:
    """Take over what has surely happened; tell whether that was done."""
    if (transaction := difference.transaction) is None:
        return False
    payment = _payment(running, difference)
    cause = running.causes[payment.order_id]
    if difference.kind == DifferenceKind.OUTCOME_KNOWN and difference.attempt is not None:
        attempt = attempts(running.session, [difference.attempt.id])[difference.attempt.id]
        answer = Answer(Result.SUCCEEDED, transaction.reference, None, None)
        settle(running.session, [Answered(attempt, answer, cause)], at=running.at)
        return True
    if difference.kind == DifferenceKind.DONE_ELSEWHERE and fits(payment, transaction):
        adopt(running.session, payment, transaction, cause=cause, at=running.at)
        return True
    if difference.kind == DifferenceKind.EXPIRED and transaction.amount == payment.open:
        expire(running.session, payment.order_id, payment.id, cause=cause, at=running.at)
        return True
    if difference.kind in (DifferenceKind.CHARGED_BACK, DifferenceKind.CHARGEBACK_REVERSED):
        return follow_bank(running.session, payment, transaction, cause=cause, at=running.at)
    return False


def _expire_untold(running: _Sync) -> None:
    """Book as expired what is open where the gateway said, to an attempt of ours, that it has ended, and lists no expiry."""
    for order_id, payment_id in running.session.execute(_ENDED, {"orders": sorted(running.orders)}).all():
        history = running.told.answers.get(payment_id)
        if isinstance(history, History) and all(each.kind != TransactionKind.EXPIRE for each in history.transactions):
            expire(running.session, order_id, payment_id, cause=running.causes[order_id], at=running.at)


def _payment(running: _Sync, difference: Difference) -> PaymentUnderLock:
    """Read a payment anew: what was taken over a moment ago counts."""
    payments = payments_of(running.session, running.orders)
    return next(each for listed in payments.values() for each in listed if each.id == difference.payment_id)


def _write_down(running: _Sync, found: Mapping[int, Sequence[Synced]], *, by_person: bool) -> None:
    """Keep the differences that are left in place of those of an earlier sync, and tell the timeline what is new."""
    told = running.told
    compared = [payment.id for payment in told.payments if not is_unclear(told.answers[payment.id])]
    before = {tuple(row) for row in running.session.execute(_FORGET, {"ids": compared}).all()}
    changes = Changes(at=running.at)
    orders = lock_orders(running.session, running.orders)  # as they are after what was taken over
    for order_id, differences in found.items():
        left = [each.difference for each in differences if not each.applied]
        for difference in left:
            changes.insert(PaymentDifference, _row(order_id, difference, running.at))
        unheard = [each for each in left if (order_id, each.kind, each.reference) not in before]
        applied = [each.difference for each in differences if each.applied]
        if applied or unheard:
            detail = {
                "applied": [shown_difference(each) for each in applied],
                "left": [shown_difference(each) for each in left],
            }
            if by_person:
                changes.raise_version(PurchaseOrder, orders[order_id])
            entry = changes.note("order", order_id, order_id, "sync_payments", running.causes[order_id], detail)
            # Of one in work, settling has seen to that.
            if applied and is_left_over(orders[order_id]):
                changes.publish("order.overpaid", order_id, running.causes[order_id], order_id=order_id, because=entry)
    changes.write(running.session)


def _row(order_id: int, difference: Difference, at: datetime) -> dict[str, Any]:
    return {"order_id": order_id, **shown_difference(difference), "found_at": at}


def shown_difference(difference: Difference) -> dict[str, Any]:
    """Give a difference as it is kept and shown."""
    return {
        "payment_id": difference.payment_id,
        "kind": difference.kind,
        "what": difference.what,
        "reference": difference.reference,
        "attempt_id": None if difference.attempt is None else difference.attempt.id,
        "amount": difference.amount,
        "currency": difference.currency,
    }
