"""Stripe as a gateway of the domain. Every request of a set gets its own answer, whatever Stripe does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import stripe

from fulfillment.network.per_process import PerProcess
from fulfillment.payments.gateway import wire
from fulfillment.payments.gateway.port import AUTHORIZATION_EXPIRED, Answer, History, Operation, Request, Result
from fulfillment.payments.gateway.stripe import ask, believe
from fulfillment.payments.gateway.stripe.account import Account
from fulfillment.payments.gateway.stripe.amounts import CannotAsk
from fulfillment.payments.gateway.stripe.find import find
from fulfillment.payments.gateway.stripe.history import history_of
from fulfillment.payments.gateway.stripe.refusals import from_error
from fulfillment.payments.gateway.stripe.said import Intent
from fulfillment.payments.gateway.stripe.transport import BoundedClient


class StripeGateway:
    """
    Stripe, by the secret key of an account.

    The library repeats nothing: every send is counted by us. An exchange ends within `total` seconds. Connections and
    threads belong to one process.
    """

    def __init__(
        self,
        secret_key: str,
        *,
        address: str | None = None,
        connect: float = 3.0,
        read: float = 15.0,
        total: float = 20.0,
        concurrency: int = 8,
    ) -> None:
        def connected() -> Account:
            http = BoundedClient(connect=connect, read=read, total=total, concurrency=concurrency)
            return Account(secret_key, address, http)

        self._process = PerProcess(connected, Account.close, concurrency)

    def send(self, requests: Sequence[Request]) -> list[Answer]:
        """Ask for these operations, several at a time; a repeated key is answered by Stripe with its first answer."""
        return self._process.each(_send, requests)

    def find(self, requests: Sequence[Request]) -> list[Answer | None]:
        """Look for what these requests would have left behind. None: no trace, so the answer lies in sending again."""
        return self._process.each(_find, requests)

    def history(self, references: Sequence[str]) -> list[History | Answer]:
        """Ask for everything that happened to these PaymentIntents."""
        return self._process.each(history_of, references)

    def close(self) -> None:
        """Close the connections and end the threads of this process."""
        self._process.close()


def _send(client: Account, request: Request) -> Answer:
    try:
        return _SENDS[request.operation](client, request)
    except CannotAsk as wrong:
        return wire.refused("invalid_request", str(wrong))  # nothing was sent
    except Exception as error:  # noqa: BLE001  one member must not fail its set
        return from_error(error, request)


def _find(client: Account, request: Request) -> Answer | None:
    try:
        return find(client, request)
    except Exception as error:  # noqa: BLE001  the same
        answer = from_error(error, request)
        return wire.unknown(answer.code or "refused", answer.message)


def _authorize(client: Account, request: Request) -> Answer:
    intent = ask.authorize(client, request)
    if intent.status in (*believe.ACTION, believe.RUNNING):
        # A repeated request gets its first answer: what became of it since is said by the PaymentIntent alone.
        intent = ask.retrieve(client, intent.id)
    return believe.authorized(request, intent)


def _capture(client: Account, request: Request) -> Answer:
    intent = ask.retrieve(client, ask.referred(request))
    if intent.currency != request.currency:
        return wire.refused("currency_mismatch", f"{intent.id} is in {intent.currency}.")
    try:
        after = ask.capture(client, request, intent)
    except stripe.InvalidRequestError as error:
        return _refused(error, request, intent)
    return believe.captured(request, after) or wire.unknown("mismatch", f"{after.id} bears no mark of the capture.")


def _void(client: Account, request: Request) -> Answer:
    intent = ask.retrieve(client, ask.referred(request))
    if intent.currency != request.currency:
        return wire.refused("currency_mismatch", f"{intent.id} is in {intent.currency}.")
    if intent.status == "requires_capture" and intent.open != request.amount:
        return wire.refused("amount_not_open", f"{intent.id} has {intent.open} open, in minor units.")
    try:
        after = ask.void(client, request, intent)
    except stripe.InvalidRequestError as error:
        return _refused(error, request, intent)
    return believe.voided(request, after) or wire.unknown("mismatch", f"{after.id} is open still.")


def _refund(client: Account, request: Request) -> Answer:
    return believe.refunded(request, ask.refund(client, request))


def _refused(error: stripe.InvalidRequestError, request: Request, intent: Intent) -> Answer:
    """Say that the time is over where Stripe only says that the state does not fit."""
    answer = from_error(error, request)
    over = intent.ran_out and answer.result is Result.FAILED
    return wire.refused(AUTHORIZATION_EXPIRED, answer.message) if over else answer


_SENDS: Final = {
    Operation.AUTHORIZE: _authorize,
    Operation.CAPTURE: _capture,
    Operation.VOID: _void,
    Operation.REFUND: _refund,
}
