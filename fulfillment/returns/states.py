"""What may happen to a return, why pieces come back, and what becomes of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fulfillment.kernel.machine import Machine, row


class ReturnStatus(StrEnum):
    """How far a return has come. `receiving`: some of it is here; `canceled`: none of it ever came."""

    AUTHORIZED = "authorized"
    RECEIVING = "receiving"
    COMPLETED = "completed"
    CANCELED = "canceled"


_S = ReturnStatus
OPEN: Final = (_S.AUTHORIZED, _S.RECEIVING)
"""Something may still come, or has to be decided."""
RETURN: Final = Machine(
    "return",
    ReturnStatus,
    initial=_S.AUTHORIZED,
    rows=(
        row("receive_return", set(OPEN), _S.RECEIVING),
        row("complete_return", {_S.RECEIVING}, _S.COMPLETED),
        row("cancel_return", {_S.AUTHORIZED}, _S.CANCELED),
        row("expire_return", {_S.AUTHORIZED}, _S.CANCELED),
    ),
)


class ReturnReason(StrEnum):
    """Why pieces come back."""

    CHANGED_MIND = "changed_mind"
    DOES_NOT_FIT = "does_not_fit"
    ARRIVED_LATE = "arrived_late"
    NOT_AS_DESCRIBED = "not_as_described"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    RETURNED_TO_SENDER = "returned_to_sender"
    """The carrier brought it back."""
    NOT_ANNOUNCED = "not_announced"
    """It came with pieces that were announced: nobody said why."""
    OTHER = "other"


OUR_FAULT: Final = frozenset(
    {
        ReturnReason.ARRIVED_LATE,
        ReturnReason.NOT_AS_DESCRIBED,
        ReturnReason.WRONG_ITEM,
        ReturnReason.DAMAGED,
        ReturnReason.DEFECTIVE,
    }
)
"""Reasons for which the customer bears no fee."""


class Settlement(StrEnum):
    """What the customer gets for what comes back."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    """Its worth goes to another order."""


class Condition(StrEnum):
    """How a piece is when it comes back."""

    AS_NEW = "as_new"
    OPENED = "opened"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    INCOMPLETE = "incomplete"


class Disposition(StrEnum):
    """What becomes of a piece that came back."""

    RESTOCKED = "restocked"
    """On the shelf: it may be promised at once."""
    SCRAPPED = "scrapped"
    TO_VENDOR = "to_vendor"
    REFUSED = "refused"
    """Sent back to the customer: nothing is paid back for it."""


class ReturnMovementKind(StrEnum):
    """What happened to pieces of a return: they came, or it was decided what becomes of them."""

    RECEIVED = "received"
    RESTOCKED = "restocked"
    SCRAPPED = "scrapped"
    TO_VENDOR = "to_vendor"
    REFUSED = "refused"
