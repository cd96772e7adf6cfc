"""How alembic runs our migrations: all of them in one transaction, one process at a time, none waiting long for a table."""

import importlib
import os
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from fulfillment.db.base import Base
from fulfillment.db.migrate import LOCK_SECONDS
from fulfillment.settings import Settings

_LOCK = 0x66756C66  # any number, as long as it is always the same one


def _import_all_models() -> None:
    """Every feature keeps its tables in `models.py`; a new one is found by being there."""
    for models in sorted(Path(__file__).parents[1].rglob("models.py")):
        importlib.import_module(".".join(models.relative_to(Path(__file__).parents[2]).with_suffix("").parts))


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # A change that waits for a table lets nobody else at it: it gives up soon, and is tried again (db/migrate.py).
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        context.run_migrations()


def _run() -> None:
    _import_all_models()
    if given := context.config.attributes.get("connection"):
        _migrate(given)
        return
    url = (
        Settings().database_url or os.environ["DATABASE_URL"]
    )  # the `alembic` command: a developer's, needs an address
    with create_engine(url, poolclass=NullPool).connect() as connection:
        _migrate(connection)


_run()
