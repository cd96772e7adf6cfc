"""What somebody wants changed about an order. Amounts are minor units of its currency, quantities pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


class Keep(Enum):
    """Stands for what was not said, where None means: take it away."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP

Address = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewDestination:
    """A further address (AD7). The lines that name its `key` get a shipment of their own."""

    key: str
    ship_to: Address
    shipping_method: str | None = None
    shipping: int | None = None
    add_to_address_book: bool = False


@dataclass(frozen=True, slots=True)
class ShipmentEdit:
    """Another address for one shipment; what other shipments and the address book say stays (AD7)."""

    id: int
    ship_to: Address
    add_to_address_book: bool = False


@dataclass(frozen=True, slots=True)
class FormEdit:
    """Other details of one form. `discount` is the form's own."""

    id: int
    name: str | Keep | None = KEEP
    contact: Mapping[str, Any] | Keep | None = KEEP
    bill_to: Address | Keep | None = KEEP
    reference: str | Keep | None = KEEP
    discount: int | None = None
    add_to_address_book: bool = False


@dataclass(frozen=True, slots=True)
class MethodChange:
    """
    Another shipping method for all items, or for those of some lines (SH9).

    `shipping` is what each shipment that gets it costs; without it the method's own price counts.
    """

    shipping_method: str
    line_ids: Sequence[int] = ()
    shipping: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Pieces of a line, and the shipment or the new destination they go to: without either they stay where they are."""

    quantity: int
    shipment_id: int | None = None
    destination: str | None = None
    gift: bool | None = None
    gift_message: str | Keep | None = KEEP


@dataclass(frozen=True, slots=True)
class LineEdit:
    """
    What changes about one line (LI2, LI3).

    `price`, `discount`, `tax` and `options` are the whole line's, also where its quantity is split over shipments; quantity
    and gift are of the pieces in this one. `split` says where those go.
    """

    id: int
    quantity: int | None = None
    price: int | None = None
    discount: int | None = None
    tax: int | None = None
    options: Mapping[str, str] | Keep | None = KEEP
    gift: bool | None = None
    gift_message: str | Keep | None = KEEP
    split: Sequence[Share] = ()


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to add, as in a checkout. Without a place it goes with the first shipment that is still open."""

    sku: str
    quantity: int
    price: int | None = None
    name: str | None = None
    manual: bool = False
    discount: int = 0
    tax: int | None = None
    options: Mapping[str, str] | None = None
    gift: bool = False
    gift_message: str | None = None
    shipment_id: int | None = None
    destination: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Everything that is to change at once: all of it does, or nothing. `discount` and `tax` are the order's own."""

    reference: str | Keep | None = KEEP
    discount: int | None = None
    tax: int | None = None
    forms: Sequence[FormEdit] = ()
    shipments: Sequence[ShipmentEdit] = ()
    destinations: Sequence[NewDestination] = ()
    methods: Sequence[MethodChange] = ()
    lines: Sequence[LineEdit] = ()
    added: Sequence[NewLine] = ()
    removed: Sequence[int] = ()
