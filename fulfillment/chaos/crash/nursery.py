"""
The nursery: a process that has loaded everything, and of which the processes of the system are children.

To load the programs of the system takes seconds, and the matrix kills hundreds of times. A child of the nursery is a
process like any other, is killed like any other, and its successor is at work in a fraction of the time.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from fulfillment.chaos.crash import watch as watching
from fulfillment.chaos.crash.points import SWITCH, Board, Watch
from fulfillment.runtime import guard

_PAUSE_SECONDS: Final = 0.05
_STOP_SECONDS: Final = 2.0
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True, slots=True)
class Child:
    """One program: its kind, the module that it runs with which arguments, and what watches it."""

    kind: str
    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    watchers: tuple[str, ...]


def write_list(path: Path, children: list[Child], *, loading: list[str], log: Path) -> None:
    """Write down for the nursery what to load, and which children to have; `log` is the folder of their logs."""
    path.write_text(json.dumps({"children": [asdict(each) for each in children], "load": loading, "log": str(log)}))


def main(path: str) -> None:
    """Load, have the children, and have each again that dies, until told to stop; SIGHUP has all of them again."""
    listed: dict[str, Any] = json.loads(Path(path).read_text())
    children = [Child(**each) for each in listed["children"]]
    watching.begin()
    for module in listed["load"]:
        importlib.import_module(module)
    living: dict[int, Child] = {}
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, lambda *_: _kill(living))
    try:
        for child in children:
            living[_have(child, Path(listed["log"]))] = child
        while True:
            pid, _ = os.wait()
            if pid in living:
                child = living.pop(pid)
                guard.kill_group(pid)  # what it left behind would work beside its successor
                time.sleep(_PAUSE_SECONDS)
                living[_have(child, Path(listed["log"]))] = child
    except _Stopped:
        _end(set(living))


def _kill(pids: Iterable[int]) -> None:
    for pid in list(pids):
        guard.kill_group(pid)


class _Stopped(BaseException):
    """We were told to stop."""


def _stop(*_: object) -> None:
    raise _Stopped


def _have(child: Child, log: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _live(child, log)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _live(child: Child, log: Path) -> None:
    os.setpgid(0, 0)
    with suppress(OSError, AttributeError):  # it exists on Linux alone; elsewhere the nursery ends them
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    output = os.open(log / f"{child.kind}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    broken = Board(Path(os.environ[SWITCH])).sabotaged()
    os.environ.clear()
    os.environ.update(child.environment)
    Watch.process = child.kind
    for watcher in child.watchers:
        importlib.import_module(watcher)
    if broken:
        module, name = broken
        importlib.import_module(module).spoil(name)
    sys.argv = [child.module, *child.arguments]
    runpy.run_module(child.module, run_name="__main__", alter_sys=True)


def _end(pids: set[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while pids and time.monotonic() < deadline:
        for pid in list(pids):
            if os.waitpid(pid, os.WNOHANG)[0]:
                pids.remove(pid)
        time.sleep(_PAUSE_SECONDS)
    _kill(pids)


if __name__ == "__main__":
    main(sys.argv[1])
