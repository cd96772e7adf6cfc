"""Documents of the floor, such as counts and transfers: how a list of them is narrowed, and goes on where it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class LatestDocuments:
    """
    A page of documents with the latest first; what is None is not asked.

    `only` are the caller's warehouses, `before` the moment and the id of the last one seen.
    """

    status: str | None = None
    only: Iterable[str] | None = None
    before: tuple[datetime, int] | None = None
    limit: int = 50

    @property
    def parameters(self) -> dict[str, Any]:
        """What a statement is given: status, only, before, last, limit."""
        moment, last = self.before or ("infinity", 0)
        only = None if self.only is None else sorted(self.only)
        return {"status": self.status, "only": only, "before": moment, "last": last, "limit": self.limit}
