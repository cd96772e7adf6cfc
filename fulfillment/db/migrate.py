"""Bringing a database to the newest schema."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that this database has not seen. Several may be started at once: they wait for each other."""
    _run(url, revision, command.upgrade)


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
