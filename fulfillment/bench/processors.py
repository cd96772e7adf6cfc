"""What the processes of the system cost: processor time and memory, by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import psutil

_MIB: Final = 1024 * 1024


def kind(name: str) -> str:
    """What a process is, whatever its number: `relay-1` is a relay."""
    return name.rsplit("-", 1)[0]


def processor_seconds(roots: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """
    Processor time so far of these processes and all their descendants, by kind.

    What a child had used when it ended is counted by its parent, so that nothing is missed between two readings.
    """
    return {name: sum(map(_seconds, _family(pids))) for name, pids in roots.items()}


def memory_mb(roots: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """
    Resident memory of the largest process of each kind, in MiB.

    Of the database what its processes share is left out: it is counted there once for each of them.
    """
    largest: dict[str, float] = defaultdict(float)
    for name, pids in roots.items():
        for process in _family(pids):
            with suppress(psutil.Error):
                used: Any = process.memory_info()
                shared = getattr(used, "shared", 0) if name == "postgres" else 0
                largest[name] = max(largest[name], (used.rss - shared) / _MIB)
    return {name: round(megabytes, 1) for name, megabytes in largest.items()}


def _family(pids: Iterable[int]) -> list[psutil.Process]:
    family: list[psutil.Process] = []
    for pid in pids:
        with suppress(psutil.Error):
            root = psutil.Process(pid)
            family += [root, *root.children(recursive=True)]
    return family


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        used: Any = process.cpu_times()
        return float(used.user + used.system + getattr(used, "children_user", 0) + getattr(used, "children_system", 0))
    return 0.0
