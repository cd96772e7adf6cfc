"""Payments that come onto an order after it was placed, and those that follow its total."""
