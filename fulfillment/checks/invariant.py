"""What an invariant is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Invariant:
    """
    Something that is true at every moment: `query` must return no rows.

    Each row it does return tells of one violation: which order, shipment or payment, what was `expected` and what was
    `found`. Amounts are minor units, quantities pieces.
    """

    name: str
    sentence: str
    query: str


def listed(values: Iterable[str]) -> str:
    """Write names of ours as a list of SQL literals."""
    return ", ".join(f"'{value}'" for value in values)


def known(states: type[StrEnum]) -> str:
    """Write the states of a machine as a list of SQL literals."""
    return listed(str(state) for state in states)


EDITS = ("edit_lines", "edit_address", "change_method", "edit_discount")
"""The verbs by which the timeline tells of edits. (editing/difference.py)"""

# Is an order open, is it covered, and what is due: as guards and verbs see it. (orders/queries.py)
IS_OPEN = "o.status IN ('in_progress', 'partially_shipped')"
PAID = "(o.captured + o.manual + o.credited)"
DUE = "(o.total - o.canceled_amount - o.written_off)"
KEPT = f"({PAID} - o.refunded - o.charged_back)"
GIVEN_UP = (
    "EXISTS (SELECT FROM payment_attempt g WHERE g.order_id = o.id AND g.kind = 'refund' AND g.status = 'failed'"
    " AND g.code = 'settled_by_hand')"
)
"""Did a person give up paying something of an order back? (payments/by_hand/settle_by_hand.py)"""
COVERED = f"o.open_authorized + {KEPT} + o.returned >= {DUE}"
