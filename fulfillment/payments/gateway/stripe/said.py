"""What Stripe says of its objects, read strictly: only what an answer is made of, and nothing that is not plain."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from fulfillment.payments.gateway.stripe.amounts import from_stripe, to_stripe
from fulfillment.payments.gateway.wire import Message

CAPTURE_MARK: Final = "capture_"
VOID_MARK: Final = "void_"
"""What we write beside a PaymentIntent with a capture (or a release) of the key that follows; 40 letters are allowed."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Amount = Annotated[int, Field(ge=0, le=10**15)]


class Said(BaseModel):
    """An object of Stripe's. What we do not name is left out; what we name must be of its type."""

    model_config = ConfigDict(frozen=True, strict=True)


class Card(Said):
    """How a card was charged."""

    capture_before: int | None = None
    multicapture: dict[str, Any] | None = None


class Details(Said):
    """How a charge was paid."""

    card: Card | None = None


class BalanceTransaction(Said):
    """Money that reached, or left, the account at Stripe; `amount` is in the account's own currency."""

    id: Id
    amount: int
    created: int


class Charge(Said):
    """The authorization, or attempt at one, of a PaymentIntent."""

    id: Id
    status: str
    created: int
    disputed: bool = False
    payment_method_details: Details | None = None
    balance_transaction: BalanceTransaction | Id | None = None


class PaymentError(Said):
    """Why the last try to pay came to nothing."""

    code: str | None = None
    decline_code: str | None = None
    message: Message | None = None

    @property
    def reason(self) -> str:
        """The bank's own reason where it gives one."""
        said = self.decline_code or "generic_decline"
        return self.code or "card_declined" if said == "generic_decline" else said


class Redirect(Said):
    """An address that the customer has to visit."""

    url: str | None = None


class NextAction(Said):
    """What the customer has to do."""

    redirect_to_url: Redirect | None = None


class Intent(Said):
    """A PaymentIntent, with its latest charge in full."""

    id: Id
    status: str
    amount: Amount
    amount_capturable: Amount = 0
    amount_received: Amount = 0
    currency: Annotated[str, BeforeValidator(lambda code: code.upper() if isinstance(code, str) else code)]
    created: int
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    client_secret: str | None = None
    metadata: dict[str, str] = {}
    latest_charge: Charge | None = None
    last_payment_error: PaymentError | None = None
    next_action: NextAction | None = None

    @property
    def redirect(self) -> str | None:
        """Where the customer has to go; None where the storefront's page asks them with the client secret."""
        return self.next_action.redirect_to_url.url if self.next_action and self.next_action.redirect_to_url else None

    @property
    def card(self) -> Card:
        """How its card was charged; nothing is known of one that was not."""
        details = self.latest_charge and self.latest_charge.payment_method_details
        return (details and details.card) or Card()

    @property
    def expires_at(self) -> datetime | None:
        """Until when what is authorized can be captured."""
        return None if self.card.capture_before is None else moment(self.card.capture_before)

    @property
    def takes_many_captures(self) -> bool:
        """Whether a capture may leave the rest open. Said by Stripe with the authorization, and true for its whole life."""
        return (self.card.multicapture or {}).get("status") == "available"

    @property
    def was_authorized(self) -> bool:
        """Whether money was ever set aside."""
        return self.latest_charge is not None and self.latest_charge.status == "succeeded"

    @property
    def ran_out(self) -> bool:
        """
        Whether it ended because its time was over.

        Of a canceled one Stripe says so. What several captures left open ends with its time as well, and Stripe does not say
        why it is done.
        """
        if self.status == "canceled":
            return self.cancellation_reason in ("automatic", "expired")
        over = self.expires_at is not None and self.expires_at.timestamp() <= time.time()
        return over and self.takes_many_captures and self.status == "succeeded" and self.let_go > 0

    @property
    def open(self) -> int:
        """What can still be captured, in our minor units."""
        return from_stripe(self.amount_capturable, self.currency)

    @property
    def taken(self) -> int:
        """What was captured, in our minor units."""
        return from_stripe(self.amount_received, self.currency)

    @property
    def let_go(self) -> int:
        """What was authorized and is neither captured nor open any more, in our minor units."""
        if not self.was_authorized:
            return 0
        return from_stripe(self.amount - self.amount_received - self.amount_capturable, self.currency)

    @property
    def let_go_by_capture(self) -> int:
        """What its one capture let go of it; one that takes several lets nothing go by itself."""
        return self.let_go if self.amount_received and not self.takes_many_captures else 0

    def captured_by(self) -> dict[str, int]:
        """Give what we captured, by the key it was asked for with; in our minor units."""
        return {
            name.removeprefix(CAPTURE_MARK): int(value)
            for name, value in self.metadata.items()
            if name.startswith(CAPTURE_MARK) and value.isascii() and value.isdigit()
        }

    def is_of(self, amount: int, currency: str) -> bool:
        """Tell whether it was made for this amount, in our minor units."""
        return self.currency == currency and self.amount == to_stripe(amount, currency)


class Refund(Said):
    """Money given back; without a balance transaction it was never taken, only let go."""

    id: Id
    status: str
    amount: Amount
    created: int
    currency: Annotated[str, BeforeValidator(lambda code: code.upper() if isinstance(code, str) else code)]
    metadata: dict[str, str] = {}
    balance_transaction: Id | None = None
    failure_reason: Id | None = None


class Dispute(Said):
    """A chargeback, or a question that may become one."""

    id: Id
    status: str
    amount: Amount
    created: int
    currency: Annotated[str, BeforeValidator(lambda code: code.upper() if isinstance(code, str) else code)]
    balance_transactions: list[BalanceTransaction] = []


def moment(seconds: int) -> datetime:
    """Give a time of Stripe's as ours."""
    return datetime.fromtimestamp(seconds, UTC)
