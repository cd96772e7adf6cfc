"""What each kind of mail says in words of its own: its title and its lead."""

from __future__ import annotations

from typing import Final

from fulfillment.notifications.context import MailKind, OrderMail

_TITLES: Final = {
    MailKind.ORDER_RECEIVED: "We have your order {number}",
    MailKind.PAYMENT_DECLINED: "Your payment for order {number} was declined",
    MailKind.SHIPPED: "Your order {number} is on its way",
    MailKind.CANCELED: "Your order {number} was canceled",
    MailKind.REFUNDED: "A refund for your order {number}",
}
_SHIPPED_WITHOUT_PARCEL: Final = "Your order {number} is fulfilled"

# Broken as the text shows them, in lines of at most 72.
_LEADS: Final = {
    MailKind.ORDER_RECEIVED: "Thank you for your order.",
    MailKind.PAYMENT_DECLINED: (
        "Your payment was declined, so no money was taken. We keep your order\n"
        "open for a while: please pay in another way, or ask us. If no payment\n"
        "comes, we cancel the order."
    ),
    MailKind.SHIPPED: "We have handed this shipment to the carrier.",
    MailKind.CANCELED: "Your order was canceled. Nothing more will be shipped.",
    MailKind.REFUNDED: (
        "We have sent money back to you, the way it was paid. Depending on your\nbank it can take some days to arrive."
    ),
}
_TO_BE_SHIPPED: Final = " We will tell you when it is on its way."
_UNTRACKED: Final = " It has no tracking number."
_NOTHING_TO_SHIP: Final = "These items need no shipping. There is nothing more to wait for."


def title(kind: MailKind, order: OrderMail, number: str) -> str:
    """Give the subject, which is also the heading."""
    parcel = kind != MailKind.SHIPPED or order.ship_to
    return (_TITLES[kind] if parcel else _SHIPPED_WITHOUT_PARCEL).format(number=number)


def lead(kind: MailKind, *, addressed: bool, tracked: bool) -> str:
    """Give the sentences that come first, broken into lines of text."""
    if kind == MailKind.SHIPPED and not addressed:
        return _NOTHING_TO_SHIP
    if kind == MailKind.SHIPPED and not tracked:
        return _LEADS[kind] + _UNTRACKED
    if kind == MailKind.ORDER_RECEIVED and addressed:
        return _LEADS[kind] + _TO_BE_SHIPPED
    return _LEADS[kind]
