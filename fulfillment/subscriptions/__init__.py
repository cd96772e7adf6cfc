"""Subscriptions: an order is repeated at an interval, until somebody pauses or ends it (ST7)."""
