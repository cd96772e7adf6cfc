"""
Reconcile: look at everything, class by class, and repair what was found, each item in a transaction of its own.

What is otherwise at the gateway is found by asking it with no transaction open, and by taking back what a sync would do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause, CauseKind
from fulfillment.kernel.errors import Conflict, FulfillmentError
from fulfillment.kernel.say import Say, unsaid
from fulfillment.payments.sync.ask import Told, is_unclear
from fulfillment.payments.sync.differences import left_to_a_person
from fulfillment.payments.sync.sync import Synced, shown_difference, sync
from fulfillment.reconciliation.drift import Found
from fulfillment.reconciliation.find import find_drift, keep_items, pass_earlier
from fulfillment.reconciliation.repair import Item, close_item, gone, hold_item, refuse_item, repair_item
from fulfillment.reconciliation.runs import Run, finish, go_on
from fulfillment.reconciliation.states import DriftClass, ItemStatus
from fulfillment.wiring import Services
from fulfillment.workflow.sync import NO_BOOKS, ask_about

GATEWAY_RULE: Final = "the_gateway_says_the_same"
_AT_ONCE: Final = 50
_MOST_LOOKS: Final = 3

# What may have moved since yesterday, and what is open and could end elsewhere.
_TO_COMPARE = text("""
SELECT p.order_id FROM payment p
 WHERE p.method = 'card' AND p.reference IS NOT NULL
   AND (EXISTS (SELECT FROM payment_attempt a WHERE a.order_id = p.order_id
                   AND coalesce(a.decided_at, a.created_at) > CAST(:at AS timestamptz) - interval '48 hours')
        OR p.authorized > p.captured + p.voided + p.expired)
 GROUP BY p.order_id ORDER BY p.order_id DESC LIMIT 2000
""")


def carry_out(services: Services, run: Run, *, on_step: Say = unsaid) -> list[int]:
    """
    Look at the classes that are left of a run, and repair what is found where it says so; give the items.

    A class that cannot be looked at is told of, and keeps none of the others from it.
    """
    found: list[int] = []
    for drift in run.classes:
        on_step(drift)
        error = None
        with services.transaction() as session:
            pass_earlier(session, drift)
        try:
            found += _of_class(services, run, drift, on_step)
        except (DBAPIError, FulfillmentError) as failed:
            error = str(failed).splitlines()[0][:300]
        with services.transaction() as session:
            go_on(session, run.id, drift, error, at=services.clock())
    with services.transaction() as session:
        finish(session, run.id, at=services.clock())
    return found


def _of_class(services: Services, run: Run, drift: DriftClass, on_step: Say) -> list[int]:
    """Look at one class; where something was repaired look once more, since one thing may have hidden another."""
    items: list[int] = []
    seen: set[str] = set()
    for _ in range(_MOST_LOOKS):
        fresh = [each for each in _find(services, drift) if _name(each) not in seen]
        seen |= {_name(each) for each in fresh}
        with services.transaction() as session:
            kept = keep_items(session, run.id, drift, fresh, at=services.clock())
        items += kept
        refusals = []
        for item_id in kept if run.repairs else ():
            on_step(f"{drift} {item_id}")
            refusals.append(try_to_repair(services, item_id, cause=run.cause))
        if all(refusals):  # as there are none where nothing is repaired
            break
    return items


def _name(found: tuple[str, Found]) -> str:
    return f"{found[0]} {dict(found[1].place)}"


def try_to_repair(services: Services, item_id: int, *, cause: Cause) -> str | None:
    """Repair an item; where that is refused give and keep the reason. Raises NotFound."""
    told = ask_for_item(services, item_id)
    try:
        with services.transaction() as session:
            repair(session, item_id, told, cause=cause, at=services.clock())
    except FulfillmentError as refused:
        reason, code = f"{refused.detail}: {refused.remedy}" if refused.remedy else refused.detail, refused.reason
    except DBAPIError as failed:
        reason, code = str(failed.orig).splitlines()[0], "database"
    else:
        return None
    with services.transaction() as session:
        refuse_item(session, item_id, reason, code=code)
    return reason


def ask_for_item(services: Services, item_id: int) -> Told | None:
    """Ask the gateway about the order of an item that has drifted there; None for any other. Raises NotFound."""
    with services.transaction() as session:
        item = hold_item(session, item_id)
    if item.drift != DriftClass.GATEWAY_DIFFERENCE or item.order_id is None or item.status == ItemStatus.REPAIRED:
        return None
    return ask_about(services, [item.order_id])


def repair(session: Session, item_id: int, told: Told | None, *, cause: Cause, at: datetime) -> None:
    """Repair an item, with what the gateway `told`. Raises NotFound, and Conflict where it is not as it was found."""
    item = hold_item(session, item_id)
    if told is None:
        repair_item(session, item, cause=cause, at=at)
    elif item.status != ItemStatus.REPAIRED:
        _take_over(session, item, told, cause=cause, at=at)


def _take_over(session: Session, item: Item, told: Told, *, cause: Cause, at: datetime) -> None:
    assert item.order_id is not None
    found = sync(session, [item.order_id], told, causes={item.order_id: cause}, at=at, by_person=True)
    same = [each for each in found.get(item.order_id, []) if _place(each) == dict(item.place)]
    if not same:
        raise gone(item)
    if not same[0].applied:
        raise left_to_a_person(shown_difference(same[0].difference)).as_error()
    close_item(session, item, {"applied": shown_difference(same[0].difference)}, cause=cause, at=at)


def _find(services: Services, drift: DriftClass) -> Sequence[tuple[str, Found]]:
    if drift == DriftClass.GATEWAY_DIFFERENCE:
        return list(_gateway_differences(services))
    with services.transaction() as session:
        return find_drift(session, drift, at=services.clock())


def _gateway_differences(services: Services) -> Iterator[tuple[str, Found]]:
    at = services.clock()
    with services.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = on"))
        order_ids = list(session.execute(_TO_COMPARE, {"at": at}).scalars())
    for start in range(0, len(order_ids), _AT_ONCE):
        part = order_ids[start : start + _AT_ONCE]
        told = ask_about(services, part)
        unclear = [each for each in told.answers.values() if is_unclear(each)]
        if unclear and all(each.code == NO_BOOKS for each in unclear):
            return
        if unclear and len(unclear) == len(told.answers):
            raise Conflict(f"the gateway could not be asked: {unclear[0].message or unclear[0].code}")
        for order_id, synced in _taken_back(services, part, told, _NOBODY).items():
            for each in synced:
                facts = {**shown_difference(each.difference), "can_be_taken_over": each.applied}
                yield GATEWAY_RULE, Found(_place(each), order_id, facts)


_NOBODY: Final = Cause(CauseKind.SCHEDULE, "reconcile", "nobody")
"""The cause of what is taken back at once."""


def _taken_back(services: Services, order_ids: Sequence[int], told: Told, cause: Cause) -> dict[int, list[Synced]]:
    """Give what a sync would find, and leave everything as it was."""
    with services.transaction() as session:
        found = sync(session, order_ids, told, causes=dict.fromkeys(order_ids, cause), at=services.clock())
        session.rollback()
        return found


def _place(synced: Synced) -> dict[str, Any]:
    difference = synced.difference
    return {"payment_id": difference.payment_id, "kind": difference.kind, "reference": difference.reference}
