"""Exchanges: goods come back and others go out, by a return and an order of its own; only the difference is paid."""
