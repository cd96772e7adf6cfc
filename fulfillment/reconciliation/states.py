"""How far a reconciliation and each item that it found have come."""

from __future__ import annotations

from enum import StrEnum


class DriftClass(StrEnum):
    """In what way something may have drifted."""

    STUCK_STEP = "stuck_step"
    ORPHAN_ALLOCATION = "orphan_allocation"
    STOCK_DIFFERENCE = "stock_difference"
    MONEY_DIFFERENCE = "money_difference"
    COUNTER_DIFFERENCE = "counter_difference"
    GATEWAY_DIFFERENCE = "gateway_difference"
    ENDED_AUTHORIZATION = "ended_authorization"
    ENDED_RESERVATION = "ended_reservation"
    MISSING_MAIL = "missing_mail"
    LOST_OPERATION = "lost_operation"


class ItemStatus(StrEnum):
    """`passed`: a later run looked again, and tells of it anew where it is still so."""

    OPEN = "open"
    REPAIRED = "repaired"
    PASSED = "passed"
