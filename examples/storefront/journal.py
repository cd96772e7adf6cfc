"""What the shop was told by webhooks. A real shop keeps this in its database; the rule is the same: each id once."""

from __future__ import annotations

import threading
from collections import defaultdict

from fulfillment.client.webhooks import Event


class Journal:
    """Events by order, in the order in which they came first. Safe to use by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._by_order: dict[str, list[Event]] = defaultdict(list)

    def keep(self, event: Event) -> bool:
        """Keep an event; False for one that is known already: it was told twice, and there is nothing to do."""
        with self._lock:
            if event.id in self._known:
                return False
            self._known.add(event.id)
            if event.order is not None:
                self._by_order[event.order].append(event)
            return True

    def of(self, order: str) -> list[Event]:
        """Give what was told of an order."""
        with self._lock:
            return list(self._by_order[order])
