"""What may happen to a picklist, and to an item on its way to the customer."""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class PicklistStatus(StrEnum):
    """A picklist is open until every shipment on it has shipped or been canceled."""

    OPEN = "open"
    COMPLETED = "completed"


PICKLIST = Machine(
    "picklist",
    PicklistStatus,
    initial=PicklistStatus.OPEN,
    rows=(row("complete_picklist", {PicklistStatus.OPEN}, PicklistStatus.COMPLETED),),
)


class DeliveryState(StrEnum):
    """Where an item is on its way. An axis of its own: it never moves the status of a shipment or an order."""

    NONE = "none"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNED_TO_SENDER = "returned_to_sender"


_D = DeliveryState
_NOT_DELIVERED = (_D.EXCEPTION, _D.DAMAGED, _D.LOST)
_UNDER_WAY = (_D.IN_TRANSIT, _D.OUT_FOR_DELIVERY, *_NOT_DELIVERED)
_REPORTS = tuple(row(f"report_{state}", set(_D) - {state}, state) for state in _D if state != _D.NONE)
"""What a carrier tells comes from anywhere: that which was to come before it may never have been told, or comes later."""

PARCEL = Machine("parcel", DeliveryState, initial=_D.NONE, rows=_REPORTS)
DELIVERY = Machine(
    "delivery",
    DeliveryState,
    initial=_D.NONE,
    rows=(
        row("create_label", {_D.NONE}, _D.LABEL_CREATED),
        row("hand_over", {_D.NONE, _D.LABEL_CREATED, *_NOT_DELIVERED}, _D.IN_TRANSIT),
        row("take_out", {_D.IN_TRANSIT, *_NOT_DELIVERED}, _D.OUT_FOR_DELIVERY),
        row("deliver", _UNDER_WAY, _D.DELIVERED),
        row("meet_exception", {_D.LABEL_CREATED, _D.IN_TRANSIT, _D.OUT_FOR_DELIVERY}, _D.EXCEPTION),
        row("damage", {*_UNDER_WAY, _D.DELIVERED} - {_D.DAMAGED}, _D.DAMAGED),
        row("lose", {_D.LABEL_CREATED, *_UNDER_WAY} - {_D.LOST}, _D.LOST),
        row("return_to_sender", _UNDER_WAY, _D.RETURNED_TO_SENDER),
        # Whoever chose the wrong one begins again.
        row("take_back", set(_D) - {_D.NONE}, _D.NONE),
        *_REPORTS,
    ),
)
