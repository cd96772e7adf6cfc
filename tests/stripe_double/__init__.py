"""
Stripe, as far as an order's money goes: an HTTP server that keeps the rules of Stripe's documentation.

It is made from the API reference alone (payment intents, refunds, disputes, errors, idempotent requests, multicapture, webhooks)
in the version that the library pins, so that the adapter is tried against the real library and real bytes.
"""

from stripe_double.server import StripeDouble

__all__ = ["StripeDouble"]
