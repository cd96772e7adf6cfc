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
    MailKind.RETURN_AUTHORIZED: "How to send back items of your order {number}",
    MailKind.RETURN_REMINDER: "We are waiting for your return of order {number}",
    MailKind.RETURN_ENDED: "We no longer wait for your return of order {number}",
    MailKind.RETURN_COMPLETED: "Your return of order {number} is settled",
    MailKind.DELIVERED: "Your order {number} was delivered",
    MailKind.DELIVERY_PROBLEM: "A problem with the delivery of your order {number}",
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
    MailKind.RETURN_AUTHORIZED: (
        "Please pack the items below, put this mail or the return slip with them\n"
        "and write the return number on the parcel. When they are here we look\n"
        "at them and tell you what we pay back."
    ),
    MailKind.RETURN_REMINDER: (
        "You asked to send back the items below, and they have not reached us\n"
        "yet. If you still want to, please send them in time."
    ),
    MailKind.RETURN_ENDED: (
        "What has not reached us of your return we do not expect any more. If\n"
        "you still want to send something back, please ask us first."
    ),
    MailKind.RETURN_COMPLETED: "Thank you for the items that you sent back. We have looked at them.",
    MailKind.DELIVERED: "The carrier tells us that it has delivered this parcel.",
    MailKind.DELIVERY_PROBLEM: (
        "The carrier tells us that this parcel does not reach you as it should.\n"
        "We look after it and write to you again. You need not do anything."
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
