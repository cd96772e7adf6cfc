"""The guard: a small process that ends the others when their supervisor was killed.

Nothing runs in a process that gets `kill -9`, so someone else must clean up. The guard holds the read end of a pipe;
the kernel closes the write end with the supervisor, however that dies. Then the guard ends every process group it was
told of: first with the group's own stop signal, last started first, so that PostgreSQL shuts down in order; after a
deadline with SIGKILL.

The kernel's own means (PR_SET_PDEATHSIG) would do less: it is Linux only, it reaches a child but not that child's
children (the pool of a worker, the threads of a web server), it strikes when the starting *thread* ends, and it strikes
all at once, so that the database would go before those who still write to it.

Run as a file by its path, with the standard library alone, so that it starts in a few milliseconds.
"""

import os
import signal
import sys
import time
from contextlib import suppress

PATIENCE_SECONDS = 5.0  # for the processes of one rank


def main() -> None:
    """Read `add PID SIGNAL RANK` and `del PID` until the pipe closes; then end all that is left, highest rank first."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    known: dict[int, tuple[int, int]] = {}
    for line in sys.stdin:
        verb, pid, *rest = line.split()
        if verb == "add":
            known[int(pid)] = (int(rest[0]), int(rest[1]))
        else:
            known.pop(int(pid), None)
    for rank in sorted({rank for _, rank in known.values()}, reverse=True):
        _end({pid: stop_signal for pid, (stop_signal, its_rank) in known.items() if its_rank == rank})


def _end(stop_signals: dict[int, int]) -> None:
    for pid, stop_signal in stop_signals.items():
        with suppress(ProcessLookupError):  # its leader is gone; what is left of the group still has to go
            os.kill(pid, stop_signal)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(map(_exists, stop_signals)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in stop_signals:
        kill_group(pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill_group(pid: int) -> None:
    """SIGKILL for every process of the group that `pid` leads or led."""
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
