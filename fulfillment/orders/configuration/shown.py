"""The state an order shows: derived from its status, its open holds and its money, stored nowhere. (OL18, OL20)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fulfillment.orders.configuration.configuration import FINAL, Configuration, Meaning, NamedState
from fulfillment.orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class Position:
    """
    Where an order stands beneath all names: what it would mean without holds, and the reasons of its open holds.

    The latest hold comes last.
    """

    beneath: Meaning
    holds: tuple[str, ...] = ()

    @property
    def may_ship(self) -> bool:
        """Whether anything of the order may be handed to the carrier: it is covered, and no hold is open (OL6, OL8)."""
        return self.beneath == Meaning.PROCESSING and not self.holds


def position(status: str, *, covered: bool, holds: Iterable[str]) -> Position | None:
    """
    Say where an order stands; None for a draft, which has no state yet.

    An order is new until it is covered. One of which a part has shipped is processed, whatever was refunded since.
    """
    if status == OrderStatus.DRAFT:
        return None
    if status in (OrderStatus.COMPLETED, OrderStatus.CANCELED):
        return Position(Meaning(status))
    processed = covered or status == OrderStatus.PARTIALLY_SHIPPED
    return Position(Meaning.PROCESSING if processed else Meaning.NEW, tuple(holds))


def shown(configuration: Configuration, at: Position) -> NamedState:
    """Give the state that an order in this position shows: its latest hold where it has one, else what lies beneath."""
    if at.beneath not in FINAL and at.holds:
        return configuration.hold_for(at.holds[-1])
    return configuration.meaning(at.beneath)
