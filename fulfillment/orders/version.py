"""Versions: several people work on one order, and nobody overwrites what he has not seen (RO2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Stale
from fulfillment.orders.queries import lock_order
from fulfillment.timeline.read import entries_since


def expect_version(session: Session, order_id: int, versions: Collection[int], *, telling: bool = True) -> None:
    """
    Lock an order, and go on only where it still has one of these versions (RO2).

    Raises Stale with the present `version` and, in `changed`, what people did since: verb, actor, time and version. Without
    `telling` it does not say what: a storefront does not see the holds of its orders.
    """
    order = lock_order(session, order_id)
    if order.version in versions:
        return
    seen = max((each for each in versions if each < order.version), default=0)
    changed = entries_since(session, order.id, seen) if telling else ()
    raise Stale(
        f"order {order.number} is at version {order.version}, not {' or '.join(map(str, sorted(versions)))}",
        guard="version",
        remedy=f"read it again: GET /v1/orders/{order.number}; look at what changed, and send If-Match with its ETag",
        members={"version": order.version, "changed": [_told(entry) for entry in changed]},
    )


def _told(entry: RowMapping) -> dict[str, object]:
    at: datetime = entry["at"]
    return {
        "version": entry["version"],
        "subject": entry["subject"],
        "verb": entry["verb"],
        "actor": entry["actor"],
        "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "detail": entry["detail"],
    }
