"""Worth: what is paid back for pieces that come back, to the last minor unit. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.catalog.models import ReturnShipping
from fulfillment.catalog.return_policy import ReturnPolicy
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.payments.amounts.pieces import RefundedLine, worth_of_pieces
from fulfillment.returns.queries import PiecesOfLine, SoldLine, sold_lines
from fulfillment.returns.states import OUR_FAULT

_WHOLE: Final = 10_000  # Basis points.

_SHIPPING = text("""
SELECT coalesce(sum(s.amount - (SELECT sum(l.amount) FROM line_item l WHERE l.shipment_id = s.id)), 0)::bigint AS paid,
       (SELECT coalesce(sum(r.shipping), 0)::bigint FROM return_order r WHERE r.order_id = :order AND r.id <> :return) AS given_back
  FROM shipment s WHERE s.order_id = :order AND s.status = 'shipped' AND s.needs_shipping
""")
_BACK = text("""
SELECT l.line_id, sum(l.received - l.refused)::bigint AS pieces
  FROM return_order r JOIN return_line l ON l.return_id = r.id
 WHERE r.order_id = :order AND r.id <> :return AND r.status = 'completed' GROUP BY l.line_id
""")


@dataclass(frozen=True, slots=True)
class Worth:
    """What is paid back, in minor units: for goods and shipping, less the fee. `pieces` are those that are paid back."""

    goods: int
    shipping: int
    fee: int
    pieces: Sequence[RefundedLine]

    @property
    def amount(self) -> int:
        """What the customer gets."""
        return self.goods + self.shipping - self.fee


def worth_of_return(
    session: Session,
    order: OrderUnderLock,
    return_id: int,
    lines: Sequence[PiecesOfLine],
    policy: ReturnPolicy,
    *,
    with_coming: bool = False,
) -> Worth:
    """
    Give what is paid back for the pieces of a return that were accepted; `with_coming` also for those that are still to come.

    Price, discount and tax of a piece are its exact share of what its line cost. The fee is kept of goods that come back for
    no fault of ours. The shipping goes back by the market's policy. What was paid back before is not paid back again.
    """
    sold = {line.id: line for line in sold_lines(session, order.id)}
    back = {line.line_id: line.accepted + (line.coming if with_coming else 0) for line in lines}
    ours = {line.line_id for line in lines if line.reason in OUR_FAULT}
    pieces = [
        RefundedLine(line_id, unpaid)
        for line_id, quantity in back.items()
        if (unpaid := min(quantity, sold[line_id].quantity - sold[line_id].refunded_quantity)) > 0
    ]
    faulty = [each for each in pieces if each.line_id in ours]
    goods = worth_of_pieces(session, order, pieces, with_shipping=False)
    goods_of_ours = worth_of_pieces(session, order, faulty, with_shipping=False)
    shipping = 0
    if policy.shipping == ReturnShipping.OUR_FAULT:
        shipping = worth_of_pieces(session, order, faulty, with_shipping=True) - goods_of_ours
    elif policy.shipping == ReturnShipping.WHOLE_ORDER:
        shipping = _shipping_of_whole(session, order, return_id, back, sold.values())
    fee = (goods - goods_of_ours) * policy.fee // _WHOLE
    return Worth(goods, shipping, fee, pieces)


def _shipping_of_whole(
    session: Session, order: OrderUnderLock, return_id: int, back: Mapping[int, int], sold: Iterable[SoldLine]
) -> int:
    """Give the shipping that was paid and not given back, once everything that was shipped has come back."""
    asked = {"order": order.id, "return": return_id}
    before = {row.line_id: row.pieces for row in session.execute(_BACK, asked)}
    sent = [line for line in sold if line.shipped_at is not None and line.needs_shipping]
    if any(before.get(line.id, 0) + back.get(line.id, 0) < line.quantity for line in sent if line.product_id):
        return 0
    shipping = session.execute(_SHIPPING, asked).one()
    return max(0, int(shipping.paid - shipping.given_back))
