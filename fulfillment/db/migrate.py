"""Bringing a database to the newest schema."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

log = structlog.get_logger()

LOCK_SECONDS: Final = 3
"""So long a migration waits for a lock on a table. All who come after it wait as well, so it is less than requests bear."""

_TRIES: Final = 20
_PAUSE_SECONDS: Final = 2.0
_LOCK_TIMEOUT: Final = "55P03"


def upgrade(url: str, revision: str = "head") -> None:
    """
    Run the migrations that this database has not seen. Several may be started at once: they wait for each other.

    One that does not get a table soon lets the others go first and tries again, for some minutes. Raises OperationalError
    where that did not help.
    """
    for left in reversed(range(_TRIES)):
        try:
            _run(url, revision, command.upgrade)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_TIMEOUT or left == 0:
                raise
            log.warning("migration.waits", error=str(error.orig).strip(), tries_left=left)
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def downgrade(url: str, revision: str) -> None:
    """Take migrations back, down to `revision` (`base` for all)."""
    _run(url, revision, command.downgrade)


def config() -> Config:
    """The migrations as they lie in the package, wherever that is installed."""
    options = Config()
    options.set_main_option("script_location", "fulfillment:migrations")
    options.set_main_option("path_separator", "os")
    return options


def _run(url: str, revision: str, direction: Callable[[Config, str], None]) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    with engine.connect() as connection:
        options = config()
        options.attributes["connection"] = connection
        direction(options, revision)
