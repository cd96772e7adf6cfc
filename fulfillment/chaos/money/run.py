"""A walk on a database of its own: an embedded one that is thrown away with its folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import event

from fulfillment.chaos.money.sabotage import sabotaged
from fulfillment.chaos.money.walk import Outcome, walk
from fulfillment.db.migrate import upgrade
from fulfillment.runtime import databases, postgres
from fulfillment.runtime.interrupts import interruptible, noted
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings
from fulfillment.wiring import build

_CONNECTIONS: Final = 4
"""One is enough, but for a rival who works while a call is out."""


def _keep_all_plans(connection: psycopg.Connection[Any], _record: object) -> None:
    """All invariants in a row are more statements than a connection keeps prepared: they would push out those of the steps."""
    connection.prepared_max = None


def run_walk(
    folder: Path,
    *,
    seed: int,
    steps: int,
    most_seconds: float,
    first_stage: int = 0,
    sabotage: str | None,
    on_step: Callable[[Outcome], None],
) -> Outcome:
    """
    Start the database in `folder` and walk; with `sabotage`, by a build in which that rule is broken.

    A first signal ends the walk, and what it found until then is given all the same.
    """
    with interruptible(), Supervisor(folder / "logs") as supervisor:
        server = postgres.cluster(folder, durable=False)
        server.start(supervisor)
        url = databases.create(server.url(), "chaos")
        upgrade(url)
        settings = Settings.for_trial(
            database_url=url, gateway_url="approve:", fulfillment_home=folder, mail_url=None, log_level="ERROR"
        )
        with closing(build(settings, pool_size=_CONNECTIONS)) as services, sabotaged(sabotage), noted() as asked:
            for engine in (services.engine, services.statements):
                event.listen(engine, "connect", _keep_all_plans)
            return walk(
                services,
                seed=seed,
                steps=steps,
                first_stage=first_stage,
                most_seconds=most_seconds,
                on_step=on_step,
                asked=asked,
            )
