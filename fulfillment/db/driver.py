"""Statements written for the driver, where what SQLAlchemy would work out around one costs more than the statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy.exc import DBAPIError

from fulfillment.db.session import Executor, connection_of

_CURSOR: Final = "fulfillment.cursor"
_NAMED: Final = re.compile(r"%\((\w+)\)s")


def fetch(executor: Executor, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
    """
    Execute a statement in the transaction of `executor`; give its rows, with columns as attributes.

    Parameters are written `%(name)s`. Raises what SQLAlchemy would raise (sqlalchemy.exc.DBAPIError and its kinds), and
    like it drops every pooled connection when one turns out to be cut.
    """
    connection = connection_of(executor)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    cursor = connection.info.get(_CURSOR)
    if cursor is None:  # kept with the connection: to make one costs as much as to execute a small statement
        cursor = connection.info[_CURSOR] = psycopg.RawCursor(driver, row_factory=namedtuple_row)
    numbered, names = _numbered(statement)
    try:
        rows: list[Any] = cursor.execute(numbered, [parameters[name] for name in names]).fetchall()
    except psycopg.Error as error:
        cut = driver.closed
        if cut:
            connection.invalidate()
            connection.engine.dispose()
        raise DBAPIError.instance(
            statement, dict(parameters), error, psycopg.Error, connection_invalidated=cut, dialect=connection.dialect
        ) from error
    return rows


@lru_cache(maxsize=512)
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement as the server reads it, with the names of its numbered parameters; worked out once per statement."""
    names = tuple(dict.fromkeys(_NAMED.findall(statement)))
    places = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return _NAMED.sub(lambda named: places[named[1]], statement).replace("%%", "%"), names
