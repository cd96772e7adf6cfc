"""
The tasks: one per step of the process table, one per sweep, each a single call into the domain.

A message carries only ids of dispatch rows and their fences. Whatever else it may claim, it can at worst trigger work
that is due anyway: the worker reads the row.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from fulfillment.dispatch.claims import Claim
from fulfillment.process import STEPS, SWEEPS
from fulfillment.workflow.run import run_step
from fulfillment.workflow.sweeps import run_sweep
from workers.app import app
from workers.services import services

log = structlog.get_logger()

_LARGEST = 2**63 - 1


def _add_step(step: str) -> None:
    @app.task(name=step)
    def run(*, rows: Any = None, **_: object) -> None:
        """Do the step for these rows; `**_` lets an old worker take a newer message."""
        claims = _claims(rows)
        if claims is None:
            log.warning("message.refused", step=step)
            return
        run_step(services(), step, claims, passing_on=(SoftTimeLimitExceeded,))


def _add_sweep(sweep: str) -> None:
    @app.task(name=sweep)
    def run(**_: object) -> None:
        """Run the sweep, unless its slot was taken."""
        run_sweep(services(), sweep)


def _claims(rows: object) -> list[Claim] | None:
    """Read the rows of a message; None for one that no relay of ours wrote."""
    if not isinstance(rows, list):
        return None
    claims = []
    for row in rows:
        match row:
            case [int(row_id), int(fence)] if 0 < row_id <= _LARGEST and 0 < fence <= _LARGEST:
                claims.append(Claim(row_id, fence))
            case _:
                return None
    return claims


for _step in STEPS:
    _add_step(_step)
for _sweep in SWEEPS:
    _add_sweep(_sweep)
