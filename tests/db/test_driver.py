"""Statements written for the driver: the cursor that is kept with a connection, and what becomes of it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from fulfillment.db.driver import fetch


def test_rows_have_names_also_after_another_statement_and_after_one_that_failed(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.begin()
        first = fetch(connection, "SELECT %(a)s::int AS a, 2 AS b", {"a": 1})
        second = fetch(connection, "SELECT '3%%' AS c FROM generate_series(1, 2)", {})
        with pytest.raises(DBAPIError, match="division by zero"):
            fetch(connection, "SELECT 1 / %(a)s::int", {"a": 0})
        connection.rollback()

        assert fetch(connection, "SELECT %(a)s::int AS d", {"a": 4})[0].d == 4
    assert [(row.a, row.b) for row in first] == [(1, 2)]
    assert [row.c for row in second] == ["3%", "3%"]


def test_a_connection_that_was_cut_is_told_and_the_next_one_works(engine: Engine) -> None:
    with engine.connect() as connection:
        [row] = fetch(connection, "SELECT pg_backend_pid() AS pid", {})
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(CAST(:pid AS int))"), {"pid": row.pid})
        with pytest.raises(OperationalError) as cut:
            fetch(connection, "SELECT 1", {})
        assert cut.value.connection_invalidated

    with engine.connect() as connection:
        assert fetch(connection, "SELECT pg_backend_pid() AS pid", {})[0].pid != row.pid
