"""Payments, their attempts at the gateway, and the ledger of every cent."""
