"""The migrations make the tables that the models describe, and take them back."""

import uuid
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

import fulfillment.wiring  # noqa: F401 - imports every model
from fulfillment.db.base import Base
from fulfillment.db.migrate import downgrade, upgrade
from fulfillment.runtime import databases


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    name = f"empty_{uuid.uuid4().hex[:12]}"
    yield databases.create(postgres_url, name)
    databases.drop(postgres_url, name)


def _difference(url: str) -> list[object]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True, "compare_type": True})
        return compare_metadata(context, Base.metadata)


def _tables(url: str) -> set[str]:
    engine = create_engine(url, poolclass=NullPool)
    return set(inspect(engine).get_table_names())


def _constraints(url: str) -> set[tuple[str, str]]:
    """Checks are not compared by autogeneration: they are what forbids overselling, so they are compared here."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        found = connection.execute(
            text(
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        )
        return {(row[0], row[1]) for row in found}


def test_an_upgrade_from_nothing_makes_what_the_models_describe(empty: str) -> None:
    upgrade(empty)

    assert _difference(empty) == []
    assert set(Base.metadata.tables) | {"alembic_version"} == _tables(empty)


def test_every_check_of_the_models_is_in_the_database(empty: str, database: str) -> None:
    engine = create_engine(empty, poolclass=NullPool)
    Base.metadata.create_all(engine)

    assert _constraints(empty) == _constraints(database)


def test_it_goes_down_to_nothing_and_up_again(empty: str) -> None:
    upgrade(empty)
    downgrade(empty, "base")
    assert _tables(empty) == {"alembic_version"}

    upgrade(empty)

    assert _difference(empty) == []


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database: str) -> None:
    upgrade(database)
    assert _difference(database) == []
