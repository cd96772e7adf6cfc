"""The schedule: beat only wakes sweeps, and a sweep looks at the state. Missed and repeated ticks do no harm."""

from __future__ import annotations

from typing import Any

from fulfillment.process import SWEEP_QUEUE, SWEEPS


def schedule() -> dict[str, dict[str, Any]]:
    """Give beat's table: every sweep at its interval, its message worthless once the next is due."""
    return {
        name: {
            "task": name,
            "schedule": float(seconds),
            "options": {"queue": SWEEP_QUEUE, "expires": float(seconds)},
        }
        for name, seconds in SWEEPS.items()
    }
