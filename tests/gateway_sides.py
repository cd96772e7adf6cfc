"""The gateways that the conformance suite is tried on, each with a hand on its own books."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from simulated_gateway import SimulatedGateway
from stripe_double import StripeDouble
from stripe_double.books import DAY
from stripe_double.server import KEY

from fulfillment.payments.gateway import Answer, Gateway, History, Operation, Request, Result
from fulfillment.payments.gateway.http import HttpGateway
from fulfillment.payments.gateway.stripe.gateway import StripeGateway


def a_request(operation: Operation = Operation.AUTHORIZE, amount: int = 1000, **changes: object) -> Request:
    said: dict[str, object] = {
        "key": uuid.uuid4().hex,
        "operation": operation,
        "amount": amount,
        "currency": "GBP",
        "token": "tok_ok" if operation is Operation.AUTHORIZE else None,
        "reference": None,
        "merchant_reference": "PO-1",
        **changes,
    }
    return Request(**said)


class Side(ABC):
    """A gateway, and what it did by its own books."""

    gateway: Gateway
    tokens: ClassVar[dict[str, str]] = {}

    def asked(self, operation: Operation = Operation.AUTHORIZE, amount: int = 1000, **changes: object) -> Request:
        request = a_request(operation, amount, **changes)
        return replace(request, token=self.tokens.get(request.token or "", request.token))

    def send(self, operation: Operation = Operation.AUTHORIZE, amount: int = 1000, **changes: object) -> Answer:
        [answer] = self.gateway.send([self.asked(operation, amount, **changes)])
        return answer

    def authorized(self, amount: int = 1000, **changes: object) -> str:
        answer = self.send(amount=amount, **changes)
        assert answer.result is Result.SUCCEEDED, answer
        return answer.reference or ""

    def told(self, reference: str) -> History:
        [told] = self.gateway.history([reference])
        assert isinstance(told, History), told
        return told

    def moved(self, reference: str) -> list[tuple[str, int]]:
        return [(one.kind.value, one.amount) for one in self.told(reference).transactions]

    @abstractmethod
    def effects(self, request: Request) -> int:
        """How often the gateway did this, by its own books."""

    @abstractmethod
    def fail(self, kind: str, operation: Operation) -> None:
        """Let the next request of this operation fail: error_before, error_after, cut_before, cut, timeout_after."""

    @abstractmethod
    def impatient(self) -> Gateway:
        """The same gateway, asked by a client that does not wait long."""

    @abstractmethod
    def expire(self, reference: str) -> None:
        """Let the time of an authorization be over."""


class SimulatedSide(Side):
    def __init__(self, simulator: SimulatedGateway) -> None:
        self.simulator = simulator
        simulator.http.delete("/v1/faults")
        self.gateway = HttpGateway(simulator.url)

    def effects(self, request: Request) -> int:
        return sum(1 for one in self.simulator.entries_of(request.key) if one["status"] == "succeeded")

    def fail(self, kind: str, operation: Operation) -> None:
        self.simulator.arm(kind, operation=operation.value, seconds=1)

    def impatient(self) -> Gateway:
        return HttpGateway(self.simulator.url, read=0.4)

    def expire(self, reference: str) -> None:
        self.simulator.at_desk(reference, "expiries")


class StripeSide(Side):
    tokens: ClassVar = {
        "tok_ok": "pm_card_visa",
        "tok_declined": "pm_card_chargeDeclined",
        "tok_insufficient": "pm_card_chargeDeclinedInsufficientFunds",
        "tok_expired": "pm_card_chargeDeclinedExpiredCard",
    }
    _PATHS: ClassVar = {
        Operation.AUTHORIZE: "/v1/payment_intents",
        Operation.CAPTURE: "/capture",
        Operation.VOID: "/cancel",
        Operation.REFUND: "/v1/refunds",
    }

    def __init__(self, double: StripeDouble) -> None:
        self.double = double
        # Its clock may be moved by a week and is then not ahead of ours.
        double.books.now = int(datetime.now(UTC).timestamp()) - 8 * DAY
        double.faults.clear()
        self.gateway = StripeGateway(KEY, address=double.url)

    def effects(self, request: Request) -> int:
        books = self.double.books
        if request.operation is Operation.AUTHORIZE:
            return sum(one["metadata"].get("key") == request.key for one in books.intents.values())
        if request.operation is Operation.REFUND:
            return sum(one["metadata"].get("key") == request.key for one in books.refunds.values())
        intent = books.intent(request.reference or "")
        done = intent["amount_received"] if request.operation is Operation.CAPTURE else not intent["amount_capturable"]
        return int(done == request.amount if request.operation is Operation.CAPTURE else done)

    def fail(self, kind: str, operation: Operation) -> None:
        self.double.arm(kind, self._PATHS[operation])

    def impatient(self) -> Gateway:
        return StripeGateway(KEY, address=self.double.url, read=0.4)

    def expire(self, reference: str) -> None:
        self.double.books.pass_time(7 * DAY)
