"""Databases of one server: made, cloned and dropped. Everything here takes the address of a database of that server."""

import psycopg
from psycopg import sql
from sqlalchemy import make_url


def named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def conninfo(url: str) -> str:
    """The address as psycopg and the programs of PostgreSQL (psql, pgbench) take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def create(url: str, database: str, *, template: str | None = None) -> str:
    """Make a database, as a copy of `template` if one is given (nobody may be connected to it); returns its address."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database))
    if template:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute(statement)
    return named(url, database)


def ensure(url: str, database: str) -> str:
    """The address of a database that is made if it is not there."""
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (database,)).fetchone()
    return named(url, database) if found is not None else create(url, database)


def drop(url: str, database: str) -> None:
    """Drop a database, and end the sessions that are connected to it."""
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
