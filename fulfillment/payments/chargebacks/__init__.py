"""Chargebacks: money that the customer's bank took back, and how that ended."""
