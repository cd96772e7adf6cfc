"""Webhooks: whoever subscribed is told what happens to orders, at least once, and of each order in its order."""
