"""Goods that come back: asked for, received in parts, decided about, paid back, given up, in any order."""

from __future__ import annotations

from typing import Final

from fulfillment.chaos.money import floor
from fulfillment.chaos.money.stage import Stage
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, authorize_return
from fulfillment.returns.complete import Completion, complete_return
from fulfillment.returns.give_up import cancel_return
from fulfillment.returns.receive import Arrived, receive_return
from fulfillment.returns.states import Condition, Disposition, ReturnReason

REASONS: Final = (ReturnReason.CHANGED_MIND, ReturnReason.DAMAGED)
_OPEN: Final = "SELECT id FROM return_order WHERE status IN ('authorized', 'receiving') ORDER BY created_at, number"
_SENT: Final = """
SELECT l.id FROM line_item l JOIN shipment s ON s.id = l.shipment_id
 WHERE s.order_id = :id AND s.status = 'shipped' AND s.needs_shipping ORDER BY l.id
"""


def send_back(stage: Stage, n: int, quantity: int, reason: ReturnReason) -> None:
    """Bring an order to its customer, who asks to send pieces of its first line back."""
    floor.walk(stage, n, 3)
    if (order_id := stage.order(n)) is not None and (lines := stage.ids(_SENT, id=order_id)):
        wanted = ReturnWanted([PiecesBack(lines[0], quantity, reason)], notify_customer=True)
        with stage.services.transaction() as session:
            authorize_return(session, order_id, wanted, cause=stage.cause, at=stage.clock())
        stage.counts["returns"] += 1


def come_back(stage: Stage, n: int, sku: str, quantity: int, becomes: Disposition) -> None:
    """Receive pieces of a return, announced or not, and say what becomes of them."""
    if back := stage.ids(_OPEN):
        stage.counts["scans"] += 1
        place = stage.warehouses["A"]
        arrived = Arrived(f"s{stage.counts['scans']}", sku, quantity, place, Condition.OPENED, becomes)
        with stage.services.transaction() as session:
            receive_return(session, back[n % len(back)], arrived, cause=stage.cause, at=stage.clock())


def pay_back(stage: Stage, n: int, amount: int | None, *, without_rest: bool) -> None:
    """Complete a return: what was accepted of it is paid back, or another amount."""
    if back := stage.ids(_OPEN):
        completion = Completion(notify_customer=True, amount=amount, without_rest=without_rest)
        with stage.services.transaction() as session:
            complete_return(session, back[n % len(back)], completion, asked=stage.asked)
        stage.counts["completed returns"] += 1


def keep(stage: Stage, n: int) -> None:
    """The customer keeps what has not come back."""
    if back := stage.ids(_OPEN):
        with stage.services.transaction() as session:
            cancel_return(
                session,
                back[n % len(back)],
                reason="they keep it",
                notify_customer=False,
                cause=stage.cause,
                at=stage.clock(),
            )
