"""Which keys are being worked on right now. A crash empties it, and rightly: nothing runs then."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class StillRunning(Exception):
    """A call with the same key has not been decided yet."""


class Running:
    """Keys of calls between arrival and decision."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Work on a key alone. Raises StillRunning for the second."""
        with self._lock:
            if key in self._keys:
                raise StillRunning
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)

    def has(self, key: str) -> bool:
        """Whether the key is being worked on."""
        with self._lock:
            return key in self._keys
