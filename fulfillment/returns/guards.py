"""Reasons why pieces must not come back. Each is pure, named, and says what would help."""

from __future__ import annotations

from datetime import datetime, timedelta

from fulfillment.catalog.return_policy import ReturnPolicy
from fulfillment.kernel.job import Refusal
from fulfillment.orders.states import ShipmentStatus
from fulfillment.returns.queries import SoldLine
from fulfillment.returns.states import ReturnReason


def window_ends(line: SoldLine, policy: ReturnPolicy) -> datetime | None:
    """Give until when pieces of a line may come back: counted from its delivery, else from its shipment; None before that."""
    since = line.delivered_at or line.shipped_at
    return None if since is None else since + timedelta(days=policy.days)


def refusal_to_return(
    line: SoldLine, policy: ReturnPolicy, *, at: datetime, quantity: int = 1, reason: ReturnReason | None = None
) -> Refusal | None:
    """
    Say why so many pieces of a line must not come back.

    They are not shipped or nothing to be sent, the market's window is over, or they are on their way back already. What the
    carrier brings back comes back whatever the window says.
    """
    members = {"line_id": line.id, "sku": line.sku}
    if line.product_id is None or not line.needs_shipping:
        return Refusal(
            line.id,
            guard="nothing_to_send_back",
            reason=f"{line.sku} is nothing that could be sent back",
            remedy="pay it back without a return: POST /v1/orders/{number}/refunds",
            members=members,
        )
    if line.status != ShipmentStatus.SHIPPED:
        return Refusal(
            line.id,
            guard="not_shipped",
            code="not_shipped_yet" if line.status != ShipmentStatus.CANCELED else "shipment_canceled",
            reason=f"{line.sku}: shipment {line.shipment} is {line.status}",
            remedy="cancel or edit the order instead"
            if line.status != ShipmentStatus.CANCELED
            else "nothing is to be done: it never left",
            members=members,
        )
    until = window_ends(line, policy)
    if reason != ReturnReason.RETURNED_TO_SENDER and until is not None and until < at:
        return Refusal(
            line.id,
            guard="return_window",
            code="return_window_over",
            reason=f"{line.sku} could come back within {policy.days} days, until {until:%Y-%m-%d}",
            remedy=f"pay it back without a return, or lengthen the window: PATCH /v1/markets/{policy.market}",
            members={**members, "until": until.isoformat()},
        )
    if quantity > line.with_customer:
        return Refusal(
            line.id,
            guard="over_return",
            reason=f"{line.sku}: {line.with_customer} of {line.quantity} pieces are still with the customer",
            remedy="name fewer pieces: the others came back or are on their way",
            members={**members, "most": line.with_customer},
        )
    return None
