"""Waiting in tests: for a condition, with a deadline, never for time to pass."""

import threading
import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail when it does not within the deadline."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        pause.wait(0.01)
