"""Orders, holds, cancellations, the timeline."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import (
    AddressOut,
    Answer,
    CustomerOut,
    Flag,
    MoneyOut,
    Note,
    Sent,
    ShortText,
    Text,
)
from web.schemas.content_shown import ContactOut
from web.schemas.payments import PaymentOut
from web.schemas.promotions import GivenPromotionOut
from web.schemas.reviews import DraftOut


class CancellationIn(Sent):
    """Why an order is canceled, and whether the customer is told: that must be said, one way or the other."""

    reason: Text
    notify_customer: Flag


class HoldIn(Sent):
    """Why an order must not move on."""

    reason: ShortText
    note: Note | None = None


class HoldReleaseIn(Sent):
    """End a hold. `then: cancel` cancels in the same transaction and needs a reason and notify_customer."""

    then: Literal["cancel"] | None = None
    reason: Text | None = None
    notify_customer: Flag | None = None

    @model_validator(mode="after")
    def _cancel_says_everything(self) -> Self:
        given = (self.reason is not None, self.notify_customer is not None)
        if given != (self.then == "cancel",) * 2:
            raise PydanticCustomError("then", "then: cancel needs reason and notify_customer; they need then: cancel")
        return self


class OrderSummaryOut(Answer):
    """What an order says of itself first. `name` is that of its first form."""

    number: str
    name: str | None
    status: str
    underlying_status: str
    payment_status: str
    market: str
    reference: str | None
    customer: CustomerOut
    total: MoneyOut
    placed_at: str


class AmountsOut(Answer):
    """The money of an order: total = items - discount + shipping + tax."""

    items: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    canceled: MoneyOut
    authorized: MoneyOut
    captured: MoneyOut
    manual: MoneyOut
    credited: MoneyOut
    refunded: MoneyOut
    charged_back: MoneyOut
    written_off: MoneyOut


class FormOut(Answer):
    """A section of an order. `discount` is its own, `subtotal` its lines less all discounts."""

    id: int
    name: str | None
    contact: ContactOut | None
    bill_to: AddressOut | None
    reference: str | None
    discount: MoneyOut
    subtotal: MoneyOut


class LineOut(Answer):
    """
    A line of a shipment. `price` is per piece, all else the whole line's.

    `list_price` is what the catalog asked, `price_by` who set another price. Lines of one `position` are one item whose
    quantity is split over shipments.
    """

    id: int
    position: int
    sku: str
    name: str
    manual: bool
    options: dict[str, str] | None
    quantity: int
    list_price: MoneyOut | None
    price: MoneyOut
    price_by: str | None
    promotion: str | None
    gift: bool
    gift_message: str | None
    discount: MoneyOut
    tax: MoneyOut
    amount: MoneyOut
    allocated: int
    picked: int
    refunded_quantity: int
    delivery_state: str


class OrderShipmentOut(Answer):
    """A shipment within its order."""

    id: int
    form_id: int
    number: str
    status: str
    status_since: str
    needs_shipping: bool
    ship_to: AddressOut | None
    shipping_method: str | None
    shipping: MoneyOut
    amount: MoneyOut
    warehouse: str | None
    picklist_id: int | None
    tracking_number: str | None
    shipped_at: str | None
    lines: list[LineOut]


class HoldOut(Answer):
    """A reason why an order must not move on, or must not have."""

    id: int
    status: str
    reason: str
    note: str | None
    opened_at: str
    opened_by: str
    released_at: str | None
    released_by: str | None


class ExchangeLinkOut(Answer):
    """An exchange that an order is part of: what comes back from `order` pays for `new_order`. `link` is where it is read."""

    id: int
    status: str
    order: str
    new_order: str
    return_number: str
    link: str


class OrderOut(OrderSummaryOut):
    """
    An order with everything that belongs to it. A storefront sees neither holds, since why is the merchant's affair, nor
    exchanges, which the back office makes.

    `state` is the status by the names of the active order configuration; it names holds, so a storefront sees none. What is
    not placed yet has all its content in `draft`, and neither forms nor shipments.
    """

    state: str | None
    invoice_number: str | None
    priority: int
    version: int
    amounts: AmountsOut
    covered_at: str | None
    completed_at: str | None
    canceled_at: str | None
    cancel_reason: str | None
    archived_at: str | None
    forms: list[FormOut]
    shipments: list[OrderShipmentOut]
    promotions: list[GivenPromotionOut]
    payments: list[PaymentOut]
    holds: list[HoldOut] | None
    exchanges: list[ExchangeLinkOut] | None
    draft: DraftOut | None


class EntryOut(Answer):
    """
    One change of an order: who, when, from which state to which, and because of what.

    `version` is the version of the order that a person made of it by this change.
    """

    id: int
    subject: str
    subject_id: int
    verb: str
    before: str | None
    after: str | None
    detail: dict[str, Any] | None
    version: int | None
    cause: str
    cause_id: str
    actor: str
    step: str | None
    parent_id: int | None
    at: str


class TimelineOut(Answer):
    """A page of an order's timeline, in the order in which it happened."""

    entries: list[EntryOut]
    next: str | None
