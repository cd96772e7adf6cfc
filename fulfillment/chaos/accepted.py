"""The customers' own record of what the store accepted: it is on the disk before they go on, whatever dies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Accepted:
    """One checkout that was answered with an order. `total` is minor units, `pieces` over all lines."""

    key: str
    number: str
    total: int
    pieces: int


class AcceptedLog:
    """One client's file, only ever appended to."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def write(self, accepted: Accepted) -> None:
        """Return when the line is on the disk."""
        os.write(self._file, json.dumps(asdict(accepted)).encode() + b"\n")
        os.fsync(self._file)


def read_logs(paths: Iterable[Path]) -> list[Accepted]:
    """What all clients together were told."""
    return [Accepted(**json.loads(line)) for path in paths for line in path.read_text().splitlines()]
