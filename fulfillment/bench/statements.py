"""
How many statements an order costs, counted in the server's own log.

Logging every statement slows the system down, so this is a window of its own, after the one whose rate counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from fulfillment.runtime import databases

_EXECUTED: Final = re.compile(r"^app=(.*?) LOG:  (?:statement|execute [^:]+): *(\w*)")
_BRACKETS: Final = frozenset({"BEGIN", "COMMIT", "ROLLBACK", "DEALLOCATE"})
_ON: Final = ("log_statement = 'all'", "log_parameter_max_length = 0", "log_line_prefix = 'app=%a '")
_OFF: Final = ("log_statement", "log_parameter_max_length", "log_line_prefix")


@dataclass(slots=True)
class Count:
    """Statements by the name that a process gives itself; what only begins and ends a transaction is left out."""

    by_application: Counter[str] = field(default_factory=Counter)


@contextmanager
def counted(server_url: str, log: Path) -> Iterator[Count]:
    """Count the statements of the block; the count is there when the block has ended."""
    count = Count()
    with psycopg.connect(databases.conninfo(server_url), autocommit=True, application_name="bench") as connection:
        begin = log.stat().st_size
        for setting in _ON:
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield count
        finally:
            for setting in _OFF:
                connection.execute(f"ALTER SYSTEM RESET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
    with log.open(errors="replace") as lines:
        lines.seek(begin)
        for line in lines:
            found = _EXECUTED.match(line)
            if found and found[2].upper() not in _BRACKETS and found[1] != "bench":
                count.by_application[found[1]] += 1
