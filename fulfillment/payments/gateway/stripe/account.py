"""An account at Stripe, and what reads the events that it tells."""

from __future__ import annotations

from contextlib import closing
from typing import Final

import stripe

from fulfillment.payments.gateway.stripe import ask
from fulfillment.payments.gateway.stripe.events import StripeEvents
from fulfillment.payments.gateway.stripe.said import Intent
from fulfillment.payments.gateway.stripe.transport import BoundedClient

ADDRESS: Final = "https://api.stripe.com"


class Account(stripe.StripeClient):
    """An account at Stripe, by its secret key. The library repeats nothing: each send is to be counted by who asks."""

    def __init__(self, secret_key: str, address: str | None, http: BoundedClient) -> None:
        super().__init__(
            secret_key,
            base_addresses={"api": (address or ADDRESS).rstrip("/")},
            max_network_retries=0,
            http_client=http,
        )
        self._http = http

    def close(self) -> None:
        """Close every connection; the library closes none that it was given."""
        self._http.close()


def events_of(secret: str, secret_key: str, address: str | None) -> StripeEvents:
    """Read the events of an account. Few of them need the account asked, so no connection is kept for them."""

    def lookup(name: str) -> Intent:
        http = BoundedClient(connect=2.0, read=4.0, total=5.0, concurrency=1)
        with closing(Account(secret_key, address, http)) as account:
            return ask.retrieve(account, name)

    return StripeEvents(secret, lookup)
