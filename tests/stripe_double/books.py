"""What Stripe keeps: payment intents with their charges, refunds, disputes, and the events that tell of them."""

import itertools
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from stripe_double.refusal import Refusal, invalid, missing

DAY = 86_400
ZERO_DECIMAL = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
THREE_DECIMAL = ["bhd", "jod", "kwd", "omr", "tnd"]
WHOLE_ONLY = ("isk", "ugx")
# Stripe's test payment methods that a card's answer hangs on: (code, decline code, message).
DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None, "Your card has expired."),
}
ONE_CAPTURE = "pm_card_credit_disableEnterpriseCardFeatures"
ACTS = "pm_card_authenticationRequired"
ONCE = "pm_1Real"
"""Made by a form: it pays once, unless it is kept for a customer. Captured once, too."""
KNOWN = (*DECLINES, ONE_CAPTURE, ACTS, ONCE, "pm_card_visa", "pm_card_mastercard")


@dataclass
class Books:
    """Everything of one account. `now` stands still until it is moved."""

    now: int = field(default_factory=lambda: int(time.time()))
    multicapture: bool = True
    """Whether the account's contract lets one authorization be captured several times."""
    lag: int = 0
    """Seconds that the search lags behind."""
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    disputes: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    refund_status: str = "succeeded"
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def pass_time(self, seconds: int) -> None:
        """Move the clock, and let end what ends by it."""
        with self.lock:
            self.now += seconds
            for intent in self.intents.values():
                if intent["status"] == "requires_capture" and self._card(intent)["capture_before"] <= self.now:
                    self._run_out(intent)

    def intent(self, name: str) -> dict[str, Any]:
        if (found := self.intents.get(name)) is None:
            raise missing("payment_intent", name, "intent")
        return found

    # What a person, a bank or a customer does, apart from the API.

    def customer_acts(self, name: str, *, agrees: bool = True) -> None:
        """The customer answers the bank's question."""
        with self.lock:
            intent = self.intent(name)
            assert intent["status"] == "requires_action"
            intent["next_action"] = None
            if agrees:
                self.authorize(intent, "pm_card_visa")
            else:
                intent["status"] = "requires_payment_method"
                intent["last_payment_error"] = {
                    "type": "invalid_request_error",
                    "code": "payment_intent_authentication_failure",
                    "message": "The provided PaymentMethod has failed authentication.",
                }
                self.tell("payment_intent.payment_failed", intent)

    def dispute(self, name: str, amount: int | None = None) -> str:
        """The bank takes money back."""
        with self.lock:
            intent = self.intent(name)
            intent["latest_charge"]["disputed"] = True
            amount = amount if amount is not None else intent["amount_received"]
            made = {
                **self.made("dispute", "du"),
                "payment_intent": name,
                "charge": intent["latest_charge"]["id"],
                "amount": amount,
                "currency": intent["currency"],
                "status": "needs_response",
                "metadata": {},
                "balance_transactions": [self.booked(-amount)],
            }
            self.disputes[made["id"]] = made
            self.tell("charge.dispute.created", made)
            return str(made["id"])

    def win(self, dispute: str) -> None:
        """The bank gives it again."""
        with self.lock:
            made = self.disputes[dispute]
            made["status"] = "won"
            made["balance_transactions"].append(self.booked(made["amount"]))
            self.tell("charge.dispute.closed", made)

    # What the API's rules are made of.

    def made(self, kind: str, prefix: str) -> dict[str, Any]:
        name = f"{prefix}_{next(self._numbers):04}{secrets.token_hex(6)}"
        return {"id": name, "object": kind, "created": self.now, "livemode": False}

    def booked(self, amount: int) -> dict[str, Any]:
        return {**self.made("balance_transaction", "txn"), "amount": amount, "currency": "gbp"}

    def tell(self, kind: str, about: dict[str, Any]) -> None:
        self.events.append({**self.made("event", "evt"), "type": kind, "data": {"object": copied(about)}})

    def authorize(self, intent: dict[str, Any], means: str) -> None:
        """Charge the card without taking the money. Raises the card's no."""
        charge = {
            **self.made("charge", "ch"),
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "captured": False,
            "refunded": False,
            "disputed": False,
            "currency": intent["currency"],
            "status": "succeeded",
            "payment_intent": intent["id"],
            "balance_transaction": None,
            "payment_method_details": {"type": "card", "card": self._details(means)},
        }
        intent["latest_charge"] = charge
        if means in DECLINES:
            raise self._declined(intent, charge, *DECLINES[means])
        intent.update(status="requires_capture", amount_capturable=intent["amount"], last_payment_error=None)
        self.tell("payment_intent.amount_capturable_updated", intent)

    def check_amount(self, amount: int, currency: str) -> None:
        if amount < 1:
            raise invalid("This value must be greater than or equal to 1.", "parameter_invalid_integer", param="amount")
        if currency in WHOLE_ONLY and amount % 100:
            raise invalid(f"Invalid amount in {currency}", "invalid_charge_amount_no_decimal_compatible")
        if currency in THREE_DECIMAL and amount % 10:
            raise invalid(f"The last digit of an amount in {currency} must be 0", "invalid_charge_amount")

    def _card(self, intent: dict[str, Any]) -> dict[str, Any]:
        card: dict[str, Any] = intent["latest_charge"]["payment_method_details"]["card"]
        return card

    def _details(self, means: str) -> dict[str, Any]:
        many = self.multicapture and means not in (ONE_CAPTURE, ONCE)
        return {
            "brand": "visa",
            "last4": "4242",
            "capture_before": self.now + 7 * DAY,
            "multicapture": {"status": "available" if many else "unavailable"},
        }

    def _declined(
        self, intent: dict[str, Any], charge: dict[str, Any], code: str, decline_code: str | None, message: str
    ) -> Refusal:
        charge["status"] = "failed"
        said = {"type": "card_error", "code": code, "decline_code": decline_code, "message": message}
        intent.update(status="requires_payment_method", last_payment_error=said)
        self.tell("payment_intent.payment_failed", intent)
        more = {"decline_code": decline_code, "charge": charge["id"], "payment_intent": copied(intent)}
        return Refusal(402, "card_error", code, message, begun=True, **more)

    def _run_out(self, intent: dict[str, Any]) -> None:
        """What was never captured is canceled; what was captured in part is done, and the rest let go."""
        taken = intent["amount_received"]
        intent["amount_capturable"] = 0
        if taken:
            intent["status"] = "succeeded"
        else:
            intent.update(status="canceled", canceled_at=self.now, cancellation_reason="automatic")
        self.tell("payment_intent.succeeded" if taken else "payment_intent.canceled", intent)


def copied(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {name: copied(value) for name, value in thing.items()}
    return [copied(each) for each in thing] if isinstance(thing, list) else thing
