"""Gathering the trigrams of orders into blocks, by the schedule: placing an order pays nothing for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.db.driver import fetch
from fulfillment.orders.search.terms import address_key, trigrams

ORDERS_IN_BLOCK: Final = 128
SETTLED_AFTER: Final = timedelta(minutes=2)
"""No transaction that places an order takes longer than this: what is older is complete, and its block stays so."""

BEGINNING: Final = (datetime(1, 1, 1, tzinfo=UTC), 0)
"""Before every order."""

# Of two that gather the same orders one would overlap the other; and words that change meanwhile would be missed.
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('search_block'))")
_EDGE = text("""
SELECT last_placed_at, last_order_id FROM search_block ORDER BY last_placed_at DESC, last_order_id DESC LIMIT 1
""")
_WORDS = """
SELECT placed_at, order_id, lower(customer_email) AS email,
       lower(number || E'\\n' || name || E'\\n' || customer_name || E'\\n' || items) AS words
  FROM order_search
"""
_NEXT = text(f"""{_WORDS}
 WHERE (placed_at, order_id) > (CAST(:at AS timestamptz), CAST(:id AS bigint)) AND placed_at < CAST(:settled AS timestamptz)
 ORDER BY placed_at, order_id LIMIT :most
""")
_ADD = """
INSERT INTO search_block (last_placed_at, last_order_id, after_placed_at, after_order_id, orders, trigrams)
VALUES (%(last_at)s, %(last_id)s, %(after_at)s, %(after_id)s, %(orders)s, %(trigrams)s) RETURNING 1
"""
_STALE = text("""
SELECT last_placed_at, last_order_id, after_placed_at, after_order_id FROM search_block WHERE stale
 ORDER BY last_placed_at, last_order_id LIMIT :most
""")
_WITHIN = text(f"""{_WORDS}
 WHERE (placed_at, order_id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS bigint))
   AND (placed_at, order_id) <= (CAST(:last_at AS timestamptz), CAST(:last_id AS bigint))
""")
_RENEW = """
UPDATE search_block SET stale = false, orders = %(orders)s, trigrams = %(trigrams)s
 WHERE last_placed_at = %(last_at)s AND last_order_id = %(last_id)s RETURNING 1
"""


def gather_blocks(session: Session, *, at: datetime, most: int = 40) -> int:
    """
    Gather orders that no block covers yet, and gather anew the blocks that are stale; give how many blocks that were.

    Only full blocks are made, of orders that are settled; the few newer ones are looked through as they are. At most `most` of
    each kind, so that the transaction stays short; where it was `most` there may be more. While words are being changed it
    does nothing: the next run will.
    """
    if not session.execute(_ALONE).scalar_one():
        return 0
    edge = session.execute(_EDGE).one_or_none()
    after = BEGINNING if edge is None else (edge.last_placed_at, edge.last_order_id)
    query = {"at": after[0], "id": after[1], "settled": at - SETTLED_AFTER, "most": most * ORDERS_IN_BLOCK}
    orders = session.execute(_NEXT, query).all()
    added = 0
    while len(block := orders[added * ORDERS_IN_BLOCK : (added + 1) * ORDERS_IN_BLOCK]) == ORDERS_IN_BLOCK:
        last = (block[-1].placed_at, block[-1].order_id)
        fetch(session, _ADD, {**_content(block), **_place(last), "after_at": after[0], "after_id": after[1]})
        after, added = last, added + 1
    return added + _renew(session, most)


def _renew(session: Session, most: int) -> int:
    stale = session.execute(_STALE, {"most": most}).all()
    for last_at, last_id, after_at, after_id in stale:
        place = _place((last_at, last_id))
        orders = session.execute(_WITHIN, {**place, "after_at": after_at, "after_id": after_id}).all()
        fetch(session, _RENEW, {**place, **_content(orders)})
    return len(stale)


def _place(last: tuple[datetime, int]) -> dict[str, Any]:
    return {"last_at": last[0], "last_id": last[1]}


def _content(orders: Sequence[Row[Any]]) -> dict[str, Any]:
    keys = trigrams(order.words for order in orders) | {address_key(order.email) for order in orders if order.email}
    return {"orders": len(orders), "trigrams": sorted(keys)}
