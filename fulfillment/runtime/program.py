"""What to run, and what of it runs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fulfillment.runtime.account import Account


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to keep running: how to start it, how to know that it works, how to end it. Times in seconds."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account | None = None
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15
    ready_seconds: float = 60


@dataclass
class Process:
    """A program that was started. `pid` leads a process group of the same number."""

    program: Program
    popen: subprocess.Popen[bytes]
    log: Path
    restarts: int = 0
    settled: bool = False  # it was ready once: from now on it is started again when it dies
    started_at: float = field(default_factory=time.monotonic)
    quick_deaths: int = 0
    start_again_at: float | None = None

    @property
    def pid(self) -> int:
        """The process's number; another one after each restart."""
        return self.popen.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended: a negative number is the signal; nothing while it runs."""
        return self.popen.poll()

    @property
    def state(self) -> str:
        """`starting`, `running`, or `restarting` while it waits to be started again."""
        if self.exit_code is not None:
            return "restarting" if self.settled else "ended"
        return "running" if self.settled else "starting"


def tail(log: Path, lines: int = 20) -> str:
    """The end of a log file, for the message of what failed."""
    try:
        text = log.read_bytes()[-16_384:].decode(errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"
