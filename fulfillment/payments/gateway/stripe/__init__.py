"""Stripe as the payment gateway: PaymentIntents that are captured by hand, over the official library."""
