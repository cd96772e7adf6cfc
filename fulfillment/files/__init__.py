"""
What a shop brings along and takes away: products, stock, customers and orders, as CSV or JSON Lines.

A client of the HTTP API. A file may be taken in again at any time: what is there already is left alone, so that an import that
was broken off, or killed, is gone on with by starting it again. Read `kinds.py` for what each file holds.
"""
