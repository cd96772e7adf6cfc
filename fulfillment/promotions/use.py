"""Uses: an order uses a promotion up to its limits, never beyond; canceled before anything shipped, it gives them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fulfillment.db.driver import fetch
from fulfillment.db.ids import take_ids
from fulfillment.db.session import Executor
from fulfillment.kernel.errors import Conflict
from fulfillment.promotions.evaluate import Applied
from fulfillment.promotions.models import Promotion, PromotionUse
from fulfillment.timeline.changes import Changes

# Whoever comes second waits here, and then sees what the first has used.
_LOCK: Final = """
SELECT id, code, uses, use_limit, use_limit_per_customer FROM promotion
 WHERE id = ANY (CAST(%(ids)s AS bigint[])) ORDER BY id FOR NO KEY UPDATE
"""
_BY_CUSTOMER: Final = """
SELECT promotion_id, count(*) AS uses FROM promotion_use
 WHERE promotion_id = ANY (CAST(%(ids)s AS bigint[])) AND given_back_at IS NULL
   AND lower(customer_email) = lower(%(email)s::text) GROUP BY promotion_id
"""
_OPEN: Final = """
SELECT u.id, u.promotion_id FROM promotion_use u JOIN promotion p ON p.id = u.promotion_id
 WHERE u.order_id = %(order_id)s AND u.given_back_at IS NULL ORDER BY u.promotion_id FOR NO KEY UPDATE OF p
"""


class UsedUpError(Conflict):
    """A promotion was used, by another order or this customer, as often as it may be."""

    code = "promotion_used_up"


def record_uses(
    executor: Executor, changes: Changes, order_id: int, customer_email: str | None, applied: Sequence[Applied]
) -> None:
    """
    Record in `changes` that an order uses these promotions, and for what; it must not use them already.

    Needs a transaction: the promotions stay locked to its end, so that no limit is exceeded however many check out at once.
    Stock, if any is to be locked, is locked before.
    Raises UsedUpError, having recorded nothing.
    """
    if not applied:
        return
    ids = sorted(each.promotion_id for each in applied)
    rows = {row.id: row for row in fetch(executor, _LOCK, {"ids": ids})}
    by_customer = {
        row.promotion_id: row.uses for row in fetch(executor, _BY_CUSTOMER, {"ids": ids, "email": customer_email})
    }
    used_up = [
        row.code
        for row in rows.values()
        if _reached(row.uses, row.use_limit) or _reached(by_customer.get(row.id, 0), row.use_limit_per_customer)
    ]
    if used_up:
        raise UsedUpError(
            f"{', '.join(used_up)} was used as often as it may be",
            guard="used_up",
            remedy="leave the code out",
            members={"codes": used_up},
        )
    for use_id, each in zip(take_ids(executor, len(applied)), applied, strict=True):
        changes.insert(
            PromotionUse,
            {
                "id": use_id,
                "promotion_id": each.promotion_id,
                "order_id": order_id,
                "customer_email": customer_email,
                "amount": each.amount,
                "used_at": changes.at,
            },
        )
        changes.add(Promotion, {"id": each.promotion_id}, uses=1)


def give_back_uses(executor: Executor, changes: Changes, order_id: int, *, only: Iterable[int] | None = None) -> None:
    """
    Record in `changes` that an order uses its promotions no more, or `only` these: others may use them again (LI5).

    Needs a transaction, and the lock of the order.
    """
    wanted = None if only is None else set(only)
    for row in fetch(executor, _OPEN, {"order_id": order_id}):
        if wanted is None or row.promotion_id in wanted:
            changes.set(PromotionUse, row.id, given_back_at=changes.at)
            changes.add(Promotion, {"id": row.promotion_id}, uses=-1)


def _reached(uses: int, limit: int | None) -> bool:
    return limit is not None and uses >= limit
