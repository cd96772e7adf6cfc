"""What a mail tells: plain data, so that the templates cannot ask the database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum, auto
from typing import NamedTuple

from fulfillment.kernel.immutable import immutable


class MailKind(StrEnum):
    """The mails a customer gets, named as the steps that send them."""

    ORDER_RECEIVED = auto()
    PAYMENT_DECLINED = auto()
    SHIPPED = auto()
    CANCELED = auto()
    REFUNDED = auto()
    DELIVERED = auto()
    DELIVERY_PROBLEM = auto()
    RETURN_AUTHORIZED = auto()
    RETURN_REMINDER = auto()
    RETURN_ENDED = auto()
    RETURN_COMPLETED = auto()

    @property
    def is_of_return(self) -> bool:
        """Whether it is about goods that come back."""
        return self in (self.RETURN_AUTHORIZED, self.RETURN_REMINDER, self.RETURN_ENDED, self.RETURN_COMPLETED)

    @property
    def is_of_parcel(self) -> bool:
        """Whether it is about one parcel, whose id is its subject."""
        return self in (self.DELIVERED, self.DELIVERY_PROBLEM)


class MailLine(NamedTuple):
    """One item: `quantity` pieces, and what they cost together in minor units."""

    name: str
    sku: str
    quantity: int
    amount: int


class MailTotals(NamedTuple):
    """The sums of an order in minor units; `discount` is what was taken off, as a positive number."""

    items: int
    discount: int
    shipping: int
    tax: int
    total: int


@immutable
class OrderMail:
    """
    Everything a mail about an order may say. What is empty or None is left out of the mail.

    `lines` are those the mail is about: for a shipment its own. `ship_to` holds the address line by line. `refunded`
    is in minor units. `money_note` says in one sentence what was charged, refunded or reversed.
    The pieces of return `return_number` are waited for until `return_until`.
    """

    number: str
    placed_at: datetime
    email: str
    currency: str
    store_name: str
    customer_name: str = ""
    lines: tuple[MailLine, ...] = ()
    totals: MailTotals | None = None
    ship_to: tuple[str, ...] = ()
    shipment_number: str | None = None
    tracking_number: str | None = None
    refunded: int | None = None
    cancel_reason: str | None = None
    money_note: str | None = None
    return_number: str | None = None
    return_until: datetime | None = None
