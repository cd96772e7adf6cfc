"""What may happen to an order, a shipment and a hold. Nothing else decides it. (OL*, SH*)"""

from __future__ import annotations

from enum import StrEnum

from fulfillment.kernel.machine import Machine, row


class OrderStatus(StrEnum):
    """Where an order stands. A hold is no status: it lies over one (`on_hold` is only shown)."""

    DRAFT = "draft"
    IN_PROGRESS = "in_progress"
    PARTIALLY_SHIPPED = "partially_shipped"
    COMPLETED = "completed"
    CANCELED = "canceled"


class ShipmentStatus(StrEnum):
    """Where a shipment stands on its way to the carrier."""

    PENDING = "pending"
    AWAITING_INVENTORY = "awaiting_inventory"
    INVENTORY_ASSIGNED = "inventory_assigned"
    RELEASED = "released"
    PACKING = "packing"
    SHIPPED = "shipped"
    CANCELED = "canceled"


class HoldStatus(StrEnum):
    """A hold is open until somebody releases it."""

    OPEN = "open"
    RELEASED = "released"


class PaymentStatus(StrEnum):
    """What the money ledger of an order amounts to. Derived, never moved."""

    UNPAID = "unpaid"
    DECLINED = "declined"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


def shown_status(status: str, open_holds: int) -> str:
    """Say how an order is shown: as on_hold while a hold lies over a status that it could still leave."""
    return "on_hold" if open_holds and status in (OrderStatus.IN_PROGRESS, OrderStatus.PARTIALLY_SHIPPED) else status


_O = OrderStatus
ORDER = Machine(
    "order",
    OrderStatus,
    initial=_O.DRAFT,
    rows=(
        row("place", {_O.DRAFT}, _O.IN_PROGRESS),
        row("ship_part", {_O.IN_PROGRESS}, _O.PARTIALLY_SHIPPED),
        row("complete", {_O.IN_PROGRESS, _O.PARTIALLY_SHIPPED}, _O.COMPLETED),
        row("cancel", {_O.IN_PROGRESS}, _O.CANCELED),
        # Canceling the rest of an order of which a part has shipped completes it.
        row("cancel_rest", {_O.PARTIALLY_SHIPPED}, _O.COMPLETED),
        # A parcel that never arrived goes out again.
        row("reship", {_O.COMPLETED}, _O.PARTIALLY_SHIPPED),
    ),
)

_S = ShipmentStatus
SHIPMENT = Machine(
    "shipment",
    ShipmentStatus,
    initial=_S.PENDING,
    rows=(
        row("await_inventory", {_S.PENDING}, _S.AWAITING_INVENTORY),  # SH2
        row("assign_inventory", {_S.PENDING, _S.AWAITING_INVENTORY}, _S.INVENTORY_ASSIGNED),  # SH3
        row("release", {_S.INVENTORY_ASSIGNED}, _S.RELEASED),  # SH4
        # An edit: what was released is withdrawn first, and what then lacks pieces is to be assigned again (OL4).
        row("withdraw", {_S.RELEASED}, _S.INVENTORY_ASSIGNED),
        # So is one of which pieces were not found, unless the rest of it ships alone.
        row("reopen", {_S.AWAITING_INVENTORY, _S.INVENTORY_ASSIGNED, _S.PACKING}, _S.PENDING),
        row("add_to_picklist", {_S.RELEASED}, _S.PACKING),  # SH5
        row("take_off_picklist", {_S.PACKING}, _S.RELEASED),
        row("complete", {_S.PACKING}, _S.SHIPPED),  # SH6
        row("complete_unshippable", {_S.PENDING}, _S.SHIPPED),  # OL17: nothing in it needs a carrier
        row(
            "cancel",
            {_S.PENDING, _S.AWAITING_INVENTORY, _S.INVENTORY_ASSIGNED, _S.RELEASED, _S.PACKING},
            _S.CANCELED,
        ),
    ),
)

HOLD = Machine(
    "hold",
    HoldStatus,
    initial=HoldStatus.OPEN,
    rows=(row("release_hold", {HoldStatus.OPEN}, HoldStatus.RELEASED),),  # OL9
)
