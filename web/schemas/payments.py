"""Payments, and what is asked of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from web.schemas.base import (
    Answer,
    Flag,
    Id,
    Moment,
    Money,
    MoneyOut,
    Page,
    Pieces,
    Sent,
    Text,
    Token,
    expect_means,
)


class NewPaymentIn(Sent):
    """
    A further payment of an order: a card is authorized by `token`, or was authorized by the storefront, whose `reference` of
    that is handed in; a manual one has been received and counts at once.

    Of money received by hand `received_as` says how it came, and `reference` what it is known by: a bank's booking, a receipt.
    """

    method: Literal["card", "manual"]
    token: Token | None = None
    reference: Token | None = None
    amount: Money | None = None
    received_as: Literal["cash", "bank_transfer", "telephone", "check", "other"] | None = None

    @model_validator(mode="after")
    def _cards_have_tokens(self) -> Self:
        expect_means(self.method, self.token, self.reference if self.method == "card" else None)
        if self.method == "card" and self.received_as is not None:
            raise PydanticCustomError("received_as", "only money received by hand says how it came")
        if self.method == "manual" and self.reference is not None and self.received_as is None:
            raise PydanticCustomError("received_as", "money with a reference says how it came")
        return self


class CaptureIn(Sent):
    """How much to take; without an amount all that is due and authorized."""

    amount: Money | None = None


Payments = Annotated[list[Id], Field(max_length=100, default_factory=list)]


class OrderCaptureIn(CaptureIn):
    """How much to take of an order's cards, and of which: `payments` in the order named; none for the order of the market."""

    payments: Payments


class RefundedLineIn(Sent):
    """Pieces of one line that are paid back."""

    line_id: Id
    quantity: Pieces


class RefundIn(Sent):
    """
    What to pay back: an amount, pieces of lines at what was paid for them, or both; without either all that is kept.

    `with_shipping` gives back the pieces' share of the shipping as well.
    """

    amount: Money | None = None
    lines: Annotated[list[RefundedLineIn], Field(max_length=2000, default_factory=list)]
    with_shipping: Flag = False
    reason: Text

    @model_validator(mode="after")
    def _shipping_of_pieces(self) -> Self:
        if self.with_shipping and (not self.lines or self.amount is not None):
            raise PydanticCustomError("with_shipping", "it goes with lines that are named, and without an amount")
        return self


class OrderRefundIn(RefundIn):
    """What to pay back, and by which payments: `payments` in the order named; none for the order of the market."""

    payments: Payments


class WriteOffIn(Sent):
    """How much is given up, and why; without an amount all that the order owes."""

    amount: Money | None = None
    reason: Text


class VoidIn(Sent):
    """What is authorized goes back; there is nothing to say about it."""


class AttemptOut(Answer):
    """One attempt to move money."""

    id: int
    kind: str
    amount: MoneyOut
    status: str
    shipment_id: int | None
    reference: str | None
    code: str | None
    message: str | None
    reason: str | None
    lines: list[dict[str, Any]] | None
    created_at: str
    decided_at: str | None


class ActionOut(Answer):
    """What the customer has to do before the card is authorized: confirm with the secret, or go to the address."""

    client_secret: str | None
    url: str | None


class PaymentOut(Answer):
    """
    A payment and its transactions. `status` says what its money amounts to; `*_pending` is on its way and counts against the
    limits. authorized = captured + voided + expired + open; what was captured, received by hand or credited = refunded +
    charged_back + exchanged + kept.

    What is authorized of it can be captured until `expires_at`. `renews` is the payment whose place it took before that ended.
    """

    id: int
    order: str
    position: int
    method: str
    received_as: str | None
    reference: str | None
    status: str
    amount: MoneyOut
    declined: str | None
    open: MoneyOut
    kept: MoneyOut
    authorized: MoneyOut
    captured: MoneyOut
    voided: MoneyOut
    expired: MoneyOut
    refunded: MoneyOut
    charged_back: MoneyOut
    exchanged: MoneyOut
    capture_pending: MoneyOut
    void_pending: MoneyOut
    refund_pending: MoneyOut
    expires_at: str | None
    renews: int | None
    action: ActionOut | None
    created_at: str
    transactions: list[AttemptOut]


class ExpiringQuery(Page):
    """Until when the authorizations end that are asked for."""

    expires_before: Moment


class RenewalOut(Answer):
    """The payment that takes another one's place, and why it was declined."""

    id: int
    declined: str | None


class ExpiringPaymentOut(Answer):
    """An authorization that ends: what is `open` of it can be captured until then."""

    id: int
    order: str
    open: MoneyOut
    expires_at: str
    on_hold: bool
    renewed_by: RenewalOut | None


class ExpiringOut(Answer):
    """A page of authorizations, the next to end first."""

    payments: list[ExpiringPaymentOut]
    next: str | None
