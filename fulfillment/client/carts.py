"""Carts that nobody filled: what a load posts as a checkout."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from fulfillment.client.store import CURRENCY, MARKET

_SHIPPING: Final = 395


def skus(count: int) -> list[str]:
    """The SKUs of a load."""
    return [f"LOAD-{n:04}" for n in range(count)]


def checkout(chance: random.Random, choice: Sequence[str], *, lines: int = 3, most_pieces: int = 1) -> dict[str, Any]:
    """A checkout of different SKUs by somebody who gave an e-mail address and a card that is good."""
    n = chance.randrange(1_000_000)
    return {
        "market": MARKET,
        "lines": [{"sku": sku, "quantity": chance.randint(1, most_pieces)} for sku in chance.sample(choice, k=lines)],
        "payments": [{"method": "card", "token": "tok_ok"}],
        "customer": {"name": f"Customer {n}", "email": f"customer.{n}@example.com"},
        "ship_to": {
            "name": f"Customer {n}",
            "line1": f"{n % 200} Load Lane",
            "city": "Saint Orrin",
            "postal_code": "SO9 2GT",
            "country": "GB",
        },
        "shipping": {"amount": _SHIPPING, "currency": CURRENCY},
    }
