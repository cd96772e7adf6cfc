"""What is told to whoever writes traces. Times are nanoseconds since 1970."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping


class Tracing(ABC):
    """Takes spans that have ended."""

    @abstractmethod
    def request(self, request_id: str, route: str, status: int, *, started: int, ended: int) -> None:
        """Take the span of a request: the first of its trace."""

    @abstractmethod
    def step(
        self, step: str, causes: Iterable[Mapping[str, int | str]], *, failed: bool, started: int, ended: int
    ) -> None:
        """Take a span for each row of a set, in the trace of its `request_id`; all rows of a set take as long as the set."""

    @abstractmethod
    def close(self) -> None:
        """Send what is left."""
