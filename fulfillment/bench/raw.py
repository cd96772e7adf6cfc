"""The raw reference: what a plain SQL program without HTTP, queue or validation does for one order, by pgbench."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from fulfillment.runtime import databases
from fulfillment.runtime.faults import CannotStart

SCRIPT: Final = Path(__file__).with_name("raw-lifecycle.sql")
SCHEMA: Final = Path(__file__).with_name("raw-schema.sql")
_DATABASE: Final = "raw_reference"
_RATE: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DEBIAN: Final = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Reference:
    """A raw program to compare with, on one server. Needs pgbench: raises CannotStart where there is none."""

    server_url: str
    pgbench: Path
    script: Path = SCRIPT
    schema: Path = SCHEMA

    def transactions_per_s(self, *, seconds: int, clients: int = 8) -> float:
        """Run it for so long in a fresh database of its own: 2 threads, prepared statements."""
        url = databases.create(self.server_url, _DATABASE)
        try:
            with psycopg.connect(databases.conninfo(url), autocommit=True) as connection:
                connection.execute(self.schema.read_bytes())
                connection.execute("CHECKPOINT")
            return self._run(databases.conninfo(url), seconds, clients)
        finally:
            databases.drop(self.server_url, _DATABASE)

    def _run(self, conninfo: str, seconds: int, clients: int) -> float:
        arguments = ["-n", "-c", str(clients), "-j", "2", "-M", "prepared", "-T", str(seconds), "-f", str(self.script)]
        run = subprocess.run([str(self.pgbench), *arguments, conninfo], capture_output=True, text=True, check=False)
        found = _RATE.search(run.stdout)
        if run.returncode or not found:
            raise CannotStart(f"pgbench failed: {run.stderr.strip()[:500]}")
        return float(found[1])


def find_pgbench(*folders: Path) -> Path:
    """Look on the PATH, in these folders, and where Debian puts it. Raises CannotStart."""
    candidates = [shutil.which("pgbench"), *(folder / "pgbench" for folder in folders)]
    candidates += sorted(_DEBIAN.glob("*/bin/pgbench"), reverse=True)
    for candidate in candidates:
        if candidate is not None and Path(candidate).exists():
            return Path(candidate)
    raise CannotStart("the raw reference needs pgbench: install it (Debian: apt install postgresql-contrib).")
