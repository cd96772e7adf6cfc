"""Answers kept by idempotency key, so that a repeated request acts once."""
