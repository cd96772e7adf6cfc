"""
Clients of the HTTP API.

`shop`, `answers`, `problems` and `webhooks` are for storefronts and need httpx alone; the rest is lean, for programs that drive the
whole system and share its processors.
"""
