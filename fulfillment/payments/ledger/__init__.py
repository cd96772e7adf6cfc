"""The ledger: every minor unit moves by a row between two accounts of a payment, and no row is ever changed."""
