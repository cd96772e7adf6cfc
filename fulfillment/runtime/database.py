"""The database for a command that needs nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from fulfillment.runtime import databases, home, postgres
from fulfillment.runtime.interrupts import interruptible
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.runtime.up import DATABASE
from fulfillment.settings import Settings


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Its address: DATABASE_URL; else that of the embedded one, which is started for the block if nobody runs it."""
    if settings.database_url:
        yield settings.database_url
    elif server := postgres.running(settings.home):
        yield databases.ensure(server, DATABASE)
    else:
        with (
            interruptible(),
            home.claimed(settings.home) as lock,
            Supervisor(settings.logs, keep_open=(lock,)) as supervisor,
        ):
            cluster = postgres.cluster(settings.home)
            cluster.start(supervisor)
            yield databases.ensure(cluster.url(), DATABASE)
