"""Goods that come back for others: begun, settled short, canceled, at any moment. What comes is received as of any return."""

from __future__ import annotations

from typing import Final

from fulfillment.chaos.money import floor
from fulfillment.chaos.money.stage import Stage
from fulfillment.exchanges.begin import ExchangeWanted, GoodsOut, begin_exchange
from fulfillment.exchanges.end import ExchangeCancellation, cancel_exchange
from fulfillment.exchanges.settle import settle_exchange
from fulfillment.exchanges.states import ExchangePolicy
from fulfillment.returns.authorize import PiecesBack
from fulfillment.returns.states import ReturnReason

_OPEN: Final = "SELECT id FROM exchange WHERE status = 'open' ORDER BY created_at, return_id"
_NEW: Final = "SELECT new_order_id FROM exchange WHERE id = :id"
_SENT: Final = """
SELECT l.id FROM line_item l JOIN shipment s ON s.id = l.shipment_id
 WHERE s.order_id = :id AND s.status = 'shipped' AND s.needs_shipping ORDER BY l.id
"""


def swap(stage: Stage, n: int, quantity: int, sku: str, policy: ExchangePolicy, token: str | None) -> None:
    """Bring an order to its customer, who wants another thing for pieces of its first line."""
    floor.walk(stage, n, 3)
    if (order_id := stage.order(n)) is None or not (lines := stage.ids(_SENT, id=order_id)):
        return
    wanted = ExchangeWanted(
        [PiecesBack(lines[0], quantity, ReturnReason.DOES_NOT_FIT)],
        [GoodsOut(sku, 1)],
        notify_customer=True,
        policy=policy,
        token=token,
        shipping_method="post",
    )
    with stage.services.transaction() as session:
        exchange_id = begin_exchange(session, order_id, wanted, cause=stage.cause, at=stage.clock())
    stage.orders += stage.ids(_NEW, id=exchange_id)
    stage.counts["exchanges"] += 1


def settle_short(stage: Stage, n: int, *, without_rest: bool) -> None:
    """Settle an exchange by what came back."""
    if found := stage.ids(_OPEN):
        with stage.services.transaction() as session:
            settle_exchange(
                session, found[n % len(found)], cause=stage.cause, at=stage.clock(), without_rest=without_rest
            )


def call_off(stage: Stage, n: int) -> None:
    """Cancel an exchange."""
    if found := stage.ids(_OPEN):
        wanted = ExchangeCancellation("changed their mind", notify_customer=False)
        with stage.services.transaction() as session:
            cancel_exchange(session, found[n % len(found)], wanted, cause=stage.cause, at=stage.clock())
