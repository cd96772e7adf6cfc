"""The data folder: one system at a time works in it."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.interrupts import shielded

_PATIENCE_SECONDS = 40.0  # longer than the guard of a killed predecessor takes


@contextmanager
def claimed(home: Path) -> Iterator[int]:
    """Hold the folder for this process; yields the lock's file descriptor, for the guard to hold as well.

    So a folder whose supervisor was killed stays taken until the guard has ended what was left, and the next one
    waits for that. Raises `CannotStart` when a living process has it.
    """
    _make(home)
    with (home / "lock").open("a+") as lock:
        _lock(lock.fileno(), home)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock.fileno()


@contextmanager
def temporary() -> Iterator[Path]:
    """A data folder for the length of the block. The path is short: a Unix socket will lie in it."""
    path: Path | None = None
    try:
        with shielded():
            path = Path(tempfile.mkdtemp(prefix="fulfillment-"))
            if os.geteuid() == 0:
                path.chmod(0o755)  # the database's own account must get through; its folder in here is closed to others
        yield path
    finally:
        with shielded():  # a Ctrl-C while it is removed must not leave half of it
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)


def _make(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o755 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise CannotStart(f"the data folder {home} cannot be made ({error.strerror}): set FULFILLMENT_HOME") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise CannotStart(f"the data folder {home} may not be written by this account: set FULFILLMENT_HOME")


def _lock(descriptor: int, home: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(home)
            if time.monotonic() > deadline or (owner and psutil.pid_exists(owner)):
                raise CannotStart(
                    f"another system (process {owner}) works in {home}. End it, or set FULFILLMENT_HOME to another folder."
                ) from None
            time.sleep(0.1)
        else:
            return


def _owner(home: Path) -> int | None:
    text = (home / "lock").read_text().strip()
    return int(text) if text.isdigit() else None
