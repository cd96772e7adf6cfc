"""The state that an order shows, as it is read. Reads only."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.orders.configuration.configuration import NamedState
from fulfillment.orders.configuration.configurations import active_configuration
from fulfillment.orders.configuration.shown import position, shown
from fulfillment.orders.queries import OrderUnderLock
from fulfillment.orders.states import HoldStatus

_OPEN_HOLDS = text("SELECT reason FROM hold WHERE order_id = :id AND status = 'open' ORDER BY opened_at, id")


def shown_state(session: Session, head: RowMapping, holds: Iterable[RowMapping]) -> str | None:
    """Give the name of an order's state from its head and holds, as `read_order` gives them; None for a draft."""
    paid = head["open_authorized"] + head["captured"] + head["manual"] + head["credited"]
    # What was paid back for goods that came back is not owed again.
    paid -= head["refunded"] - head["returned"] + head["charged_back"]
    found = position(
        head["underlying_status"],
        covered=paid >= head["total"] - head["canceled_amount"] - head["written_off"],
        holds=(hold["reason"] for hold in holds if hold["status"] == HoldStatus.OPEN),
    )
    return None if found is None else shown(active_configuration(session), found).name


def state_under_lock(session: Session, order: OrderUnderLock) -> NamedState | None:
    """Give the state of a locked order; None for a draft."""
    reasons = session.execute(_OPEN_HOLDS, {"id": order.id}).scalars()
    found = position(order.status, covered=order.covered, holds=reasons)
    return None if found is None else shown(active_configuration(session), found)
