"""What the simulated gateway agrees to. Pure: the books come in as figures, a refusal goes out as a code."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Operation(StrEnum):
    """What can be asked."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    EXPIRE = "expire"
    """Never asked for: what is open when its time is over."""
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSED = "chargeback_reversed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: the HTTP status, and a sentence for people. Its code is the key in REFUSALS."""

    status: int
    message: str


REFUSALS = MappingProxyType(
    {
        "card_declined": Refusal(402, "The card was declined."),
        "insufficient_funds": Refusal(402, "The card has insufficient funds."),
        "action_refused": Refusal(402, "The customer did not confirm the payment."),
        "action_expired": Refusal(402, "The customer did not confirm the payment in time."),
        "canceled": Refusal(402, "The payment was canceled before the customer confirmed it."),
        "expired_card": Refusal(402, "The card has expired."),
        "unknown_token": Refusal(422, "The token stands for no means of payment; test tokens start with tok_."),
        "authorization_expired": Refusal(422, "The authorization has expired."),
        "no_such_authorization": Refusal(404, "There is no such authorization."),
        "currency_mismatch": Refusal(422, "The currency is not that of the authorization."),
        "over_capture": Refusal(422, "The amount exceeds what is open of the authorization."),
        "nothing_open": Refusal(422, "Nothing of the authorization is open."),
        "amount_not_open": Refusal(422, "A void takes the whole open remainder, which is another amount."),
        "over_chargeback": Refusal(422, "The amount exceeds what was captured and not given back yet."),
        "over_reversal": Refusal(422, "The amount exceeds what was charged back."),
        "over_refund": Refusal(422, "The amount exceeds what was captured and not yet refunded."),
    }
)

DECLINES = MappingProxyType(
    {"tok_declined": "card_declined", "tok_insufficient": "insufficient_funds", "tok_expired": "expired_card"}
)
ACTION_TOKEN = "tok_3ds"  # noqa: S105  a name, not a secret
SLOW_TOKEN = "tok_slow"  # noqa: S105  a name, not a secret


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of an authorization went where, in minor units of its currency."""

    currency: str
    authorized: int
    captured: int
    voided: int
    refunded: int
    expired: int = 0
    charged_back: int = 0
    """What the bank took, less what it gave again."""

    @property
    def open(self) -> int:
        """What can still be captured or voided."""
        return self.authorized - self.captured - self.voided - self.expired

    @property
    def refundable(self) -> int:
        """What was captured and not given back."""
        return self.captured - self.refunded - self.charged_back

    def most(self, operation: Operation) -> int:
        """How much of it an operation can move."""
        if operation in (Operation.REFUND, Operation.CHARGEBACK):
            return self.refundable
        return self.charged_back if operation is Operation.CHARGEBACK_REVERSED else self.open


def refuse_authorization(token: str) -> str | None:
    """The code of the refusal, or None: the money is set aside."""
    if not token.startswith("tok_"):
        return "unknown_token"
    return DECLINES.get(token)


def refuse_follow_up(
    operation: Operation, standing: Standing, *, amount: int, currency: str, refundable_of_capture: int | None
) -> str | None:
    """The code of the refusal, or None. A refund of one capture is bounded by that capture as well."""
    if currency != standing.currency:
        return "currency_mismatch"
    if standing.expired and operation in (Operation.CAPTURE, Operation.VOID):
        return "authorization_expired"
    if operation in (Operation.VOID, Operation.EXPIRE):
        return _refuse_to_let_go(standing, amount)
    most = standing.most(operation)
    bound = most if refundable_of_capture is None else min(most, refundable_of_capture)
    return _TOO_MUCH[operation] if amount > bound or amount == 0 else None


_TOO_MUCH = MappingProxyType(
    {
        Operation.CAPTURE: "over_capture",
        Operation.REFUND: "over_refund",
        Operation.CHARGEBACK: "over_chargeback",
        Operation.CHARGEBACK_REVERSED: "over_reversal",
    }
)


def _refuse_to_let_go(standing: Standing, amount: int) -> str | None:
    if standing.open == 0:
        return "nothing_open"
    return "amount_not_open" if amount != standing.open else None
