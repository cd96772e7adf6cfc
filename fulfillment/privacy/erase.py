"""Erasure: who a person is goes; what was sold, paid, shipped and done stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.inventory.reservations import let_go
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.models import PurchaseOrder
from fulfillment.orders.queries import OrderUnderLock, lock_orders
from fulfillment.orders.search.keep import keep_for_search
from fulfillment.privacy.held import HELD, Held
from fulfillment.privacy.person import Person
from fulfillment.privacy.words import blank_told, words_of
from fulfillment.timeline.changes import Changes

_MOST_NAMED: Final = 50


@dataclass(slots=True)
class Erased:
    """What was erased: rows by table, and the numbers of the orders among them."""

    rows: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)


_AT_WORK = text("""
SELECT o.number,
       CASE WHEN o.status NOT IN ('completed', 'canceled') THEN replace(o.status, '_', ' ')
            WHEN EXISTS (SELECT FROM return_order r WHERE r.order_id = o.id AND r.status NOT IN ('completed', 'canceled'))
            THEN 'a return is open'
            WHEN EXISTS (SELECT FROM payment_attempt a
                          WHERE a.order_id = o.id AND a.status IN ('new', 'sending', 'unknown', 'by_hand'))
            THEN 'a payment is not decided'
            WHEN EXISTS (SELECT FROM chargeback c WHERE c.order_id = o.id AND c.status = 'open') THEN 'a chargeback is open'
            WHEN EXISTS (SELECT FROM subscription s WHERE s.repeats_order_id = o.id AND s.status <> 'ended')
            THEN 'a subscription repeats it'
            WHEN EXISTS (SELECT FROM dispatch d WHERE d.order_id = o.id AND NOT d.dead) THEN 'a step is still to be done'
        END AS reason
  FROM purchase_order o WHERE o.id = ANY (CAST(:orders AS bigint[])) ORDER BY o.id
""")


def erase(session: Session, person: Person, *, cause: Cause, at: datetime) -> Erased:
    """
    Take a person out of everything that is held about them, and say so on the timeline of each of their orders.

    Amounts, stock, states and the timeline stay, and of addresses the country. Done again, it finds nothing to do.
    Raises Conflict `orders_not_finished` while anything may still happen to one of their orders: then nothing is changed.
    """
    orders = lock_orders(session, person.orders)
    _refuse_unfinished(session, person)
    known = words_of(session, person)
    erased = Erased()
    touched: set[int] = set()
    _let_go_of_stock(session, person, cause=cause, at=at)
    for held in HELD:
        touched |= _erase_in(session, held, person, erased)
    touched |= blank_told(session, person, known, erased.rows)
    _tell(session, [orders[each] for each in sorted(touched & orders.keys())], erased, cause=cause, at=at)
    return erased


def _refuse_unfinished(session: Session, person: Person) -> None:
    rows = session.execute(_AT_WORK, {"orders": list(person.orders)}).all()
    open_ones = [{"number": row.number, "reason": row.reason} for row in rows if row.reason is not None]
    if open_ones:
        raise Conflict(
            f"{len(open_ones)} of the person's orders need them still",
            code="orders_not_finished",
            guard="finished",
            remedy="complete, cancel or delete these orders and what is open of them; then send it again",
            members={"orders": open_ones[:_MOST_NAMED]},
        )


def _let_go_of_stock(session: Session, person: Person, *, cause: Cause, at: datetime) -> None:
    """What carts hold that are about to go is free again, and somebody may wait for it."""
    [held] = (each for each in HELD if each.table == "cart")
    statement = f"SELECT t.id FROM cart t WHERE {held.of} ORDER BY t.id FOR UPDATE"  # noqa: S608 - our own names only
    carts = session.execute(text(statement), person.parameters).scalars()
    changes = Changes(at=at)
    let_go(session, changes, carts, cause)
    changes.write(session)


def _erase_in(session: Session, held: Held, person: Person, erased: Erased) -> set[int]:
    order = held.order or "CAST(NULL AS bigint)"
    if held.deleted:
        statement = f"DELETE FROM {held.table} t WHERE {held.of} RETURNING {order}"  # noqa: S608 - our own names only
    else:
        columns = ", ".join(f"{name} = {value}" for name, value in held.blanks.items())
        statement = f"UPDATE {held.table} t SET {columns} WHERE ({held.of}) AND ({held.is_full}) RETURNING {order}"  # noqa: S608 - the same
    found = list(session.execute(text(statement), person.parameters).scalars())
    if found:
        erased.rows[held.table] += len(found)
    return {each for each in found if each is not None}


def _tell(session: Session, orders: list[OrderUnderLock], erased: Erased, *, cause: Cause, at: datetime) -> None:
    if not orders:
        return
    changes = Changes(at=at)
    for order in orders:
        changes.raise_version(PurchaseOrder, order)
        changes.note("order", order.id, order.id, "erase_person", cause)
    changes.write(session)
    keep_for_search(session, [order.id for order in orders])
    erased.orders = [order.number for order in orders]
