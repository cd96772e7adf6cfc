"""The figures of the lifecycle bench, and what is needed to read them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, text


@dataclass(slots=True)
class Figures:
    """What was measured. Rates per second, times in ms; by kind of process where it says so. `windows` are rates of five seconds each."""

    lifecycles_per_s: float = 0
    raw_before: float = 0
    raw_after: float = 0
    orders: int = 0
    history: int = 0
    windows: list[float] = field(default_factory=list)
    p50_ms: float = 0
    p99_ms: float = 0
    half_load_per_s: float = 0
    idle_assigned_p50_ms: float = 0
    idle_assigned_p99_ms: float = 0
    cpu_ms: dict[str, float] = field(default_factory=dict)
    statements_per_lifecycle: float | None = None
    statements: dict[str, float] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)
    postgres: dict[str, str] = field(default_factory=dict)
    seconds: float = 0

    def as_object(self) -> dict[str, Any]:
        """The figures under their plain names."""
        raw = statistics.mean((self.raw_before, self.raw_after))
        return {
            "lifecycles_per_s": round(self.lifecycles_per_s, 1),
            "raw_sql_lifecycles_per_s": round(raw, 1),
            "ratio": round(self.lifecycles_per_s / raw, 3),
            "raw_sql_before": round(self.raw_before, 1),
            "raw_sql_after": round(self.raw_after, 1),
            "half_load_per_s": round(self.half_load_per_s, 1),
            "p50_ms": round(self.p50_ms, 2),
            "p99_ms": round(self.p99_ms, 2),
            "idle_assigned_p50_ms": round(self.idle_assigned_p50_ms, 1),
            "idle_assigned_p99_ms": round(self.idle_assigned_p99_ms, 1),
            "cpu_ms_per_lifecycle": round(sum(self.cpu_ms.values()), 3),
            "cpu_ms_by_kind": {kind: round(used, 3) for kind, used in self.cpu_ms.items()},
            "statements_per_lifecycle": self.statements_per_lifecycle,
            "statements_by_kind": self.statements,
            "memory_mb": self.memory_mb,
            "orders": self.orders,
            "history": self.history,
            "windows_per_s": [round(rate, 1) for rate in self.windows],
            "slowest_window": round(min(self.windows, default=0) / self.lifecycles_per_s, 2) if self.orders else None,
            "seconds": round(self.seconds, 1),
            "postgres": self.postgres,
        }


_SHOWN_SETTINGS: Final = (
    "server_version",
    "shared_buffers",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "max_wal_size",
    "jit",
    "autovacuum_naptime",
)


def settings_of(engine: Engine) -> dict[str, str]:
    """Give the settings of the server that decide how quick it may be, for whoever compares figures."""
    query = text(
        "SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY (CAST(:names AS text[]))"
    )
    with engine.connect() as connection:
        return {row.name: row.value for row in connection.execute(query, {"names": list(_SHOWN_SETTINGS)})}


def quantile(ordered: Sequence[float], part: float) -> float:
    """Give the value below which this part of the ordered values lies; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
