"""What the simulated gateway tells by itself: an event for every decision."""

import json

from web.simulators.gateway.entries import Entry
from web.simulators.gateway.state import state


def tell(entry: Entry) -> None:
    """Let the merchant know of a decision, later."""
    state().webhooks.tell(f"evt_{entry.reference}", _body(entry))


def _body(entry: Entry) -> bytes:
    about = {
        "operation": entry.operation,
        "status": entry.outcome,
        "reference": entry.reference,
        "authorization": entry.authorization,
        "key": None if entry.at_desk else entry.key,
        "merchant_reference": entry.merchant_reference,
        "amount": entry.amount,
        "currency": entry.currency,
    }
    return json.dumps({"type": f"{entry.operation}.{entry.outcome}", "data": about}).encode()
