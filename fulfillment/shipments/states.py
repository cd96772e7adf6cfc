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
    RETURNED_TO_SENDER = "returned_to_sender"


_D = DeliveryState
DELIVERY = Machine(
    "delivery",
    DeliveryState,
    initial=_D.NONE,
    rows=(
        row("create_label", {_D.NONE}, _D.LABEL_CREATED),
        row("hand_over", {_D.NONE, _D.LABEL_CREATED, _D.EXCEPTION}, _D.IN_TRANSIT),
        row("take_out", {_D.IN_TRANSIT, _D.EXCEPTION}, _D.OUT_FOR_DELIVERY),
        row("deliver", {_D.IN_TRANSIT, _D.OUT_FOR_DELIVERY, _D.EXCEPTION}, _D.DELIVERED),
        row("meet_exception", {_D.LABEL_CREATED, _D.IN_TRANSIT, _D.OUT_FOR_DELIVERY}, _D.EXCEPTION),
        row("return_to_sender", {_D.IN_TRANSIT, _D.OUT_FOR_DELIVERY, _D.EXCEPTION}, _D.RETURNED_TO_SENDER),
        # Whoever chose the wrong one begins again.
        row("take_back", set(_D) - {_D.NONE}, _D.NONE),
    ),
)
