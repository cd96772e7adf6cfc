"""Statements written for the driver, where what SQLAlchemy would work out around one costs more than the statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy.exc import DBAPIError

from fulfillment.db.session import Executor, connection_of


def fetch(executor: Executor, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
    """
    Execute a statement in the transaction of `executor`; give its rows, with columns as attributes.

    Parameters are written `%(name)s`. Raises what SQLAlchemy would raise (sqlalchemy.exc.DBAPIError and its kinds), and
    like it drops every pooled connection when one turns out to be cut.
    """
    connection = connection_of(executor)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(statement, parameters).fetchall()
    except psycopg.Error as error:
        cut = driver.closed
        if cut:
            connection.invalidate()
            connection.engine.dispose()
        raise DBAPIError.instance(
            statement, dict(parameters), error, psycopg.Error, connection_invalidated=cut, dialect=connection.dialect
        ) from error
