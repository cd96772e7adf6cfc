"""Ctrl-C, SIGTERM and a closed terminal: one exception, once, and never in the middle of what must be whole."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final


class Interrupted(KeyboardInterrupt):
    """Somebody asked this process to end. `signal` says how."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signal = signal.Signals(signum)


@dataclass
class Noted:
    """What somebody asked of this process by a signal, if anything; `at` is the monotonic time."""

    signum: int | None = None
    at: float = 0.0


@dataclass
class _State:
    shields: int = 0
    pending: int | None = None
    raised: bool = False


_state = _State()  # signal handlers are the process's own, hence one state per process
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_SECONDS_OF_ONE_REQUEST: Final = 1.0
"""A signal to a process and to its whole group arrives twice, and is one request."""


@contextmanager
def interruptible() -> Iterator[None]:
    """The first signal raises `Interrupted` in the main thread; further ones are ignored, so that cleaning up ends."""
    if not _in_main_thread() or signal.getsignal(signal.SIGINT) is _on_signal:
        yield  # handlers can only be set in the main thread, and once is enough
        return
    before = {signum: signal.getsignal(signum) for signum in _SIGNALS}
    _state.raised, _state.pending = False, None
    for signum in _SIGNALS:
        signal.signal(signum, _on_signal)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextmanager
def noted() -> Iterator[Noted]:
    """
    The first signal is only noted, for work that ends by itself when it is asked to; a later one does what it did before.

    Within `interruptible` a person who does not want to wait for that interrupts by asking once more.
    """
    asked = Noted()
    if not _in_main_thread():
        yield asked
        return
    before = {signum: signal.getsignal(signum) for signum in _SIGNALS}

    def note(signum: int, frame: FrameType | None) -> None:
        handler = before[signal.Signals(signum)]
        if asked.signum is None:
            asked.signum, asked.at = signum, time.monotonic()
        elif time.monotonic() - asked.at > _SECONDS_OF_ONE_REQUEST and callable(handler):
            handler(signum, frame)

    for signum in _SIGNALS:
        signal.signal(signum, note)
    try:
        yield asked
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextmanager
def shielded() -> Iterator[None]:
    """A signal within the block is kept until its end: a process that was just started must first be written down."""
    if not _in_main_thread():
        yield
        return
    _state.shields += 1
    try:
        yield
    finally:
        _state.shields -= 1
        if not _state.shields and _state.pending is not None:
            signum, _state.pending = _state.pending, None
            _on_signal(signum, None)


def _on_signal(signum: int, _frame: FrameType | None) -> None:
    if _state.raised:
        return
    if _state.shields:
        _state.pending = signum
        return
    _state.raised = True
    raise Interrupted(signum)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
