"""Connections, sessions and the transaction: the only place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
import psycopg
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

# A server that vanished without a word is noticed within half a minute; the system's own defaults wait for two hours, and a
# relay would wait as long. On a socket of this machine they mean nothing.
_NOTICING: Final = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds in which what was sent must be acknowledged
}


def make_engine(
    url: str,
    *,
    pool_size: int = 5,
    hot: bool = False,
    autocommit: bool = False,
    application_name: str = "fulfillment",
    lock_timeout: float = 10,
    statement_timeout: float = 30,
    idle_in_transaction_timeout: float = 60,
) -> Engine:
    """An engine with a bounded pool. Time-outs are in seconds; 0 means none.

    `hot` is for processes that run the same few statements all day: sequential scans are off, because plans made while
    the tables were empty are kept by prepared statements and would scan them when they are full. With `autocommit` each
    statement is a transaction.
    """
    options = {
        "timezone": "UTC",
        "lock_timeout": round(lock_timeout * 1000),
        "statement_timeout": round(statement_timeout * 1000),
        "idle_in_transaction_session_timeout": round(idle_in_transaction_timeout * 1000),
    }
    if hot:
        options["enable_seqscan"] = "off"
    engine = create_engine(
        url,
        json_deserializer=orjson.loads,  # several documents come with each order
        hide_parameters=True,  # an error is logged, and they are people's names and addresses
        isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,  # the connections that are used stay the same few: their statements are prepared already
        connect_args={
            "application_name": application_name,
            "connect_timeout": 10,
            **_NOTICING,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )
    event.listen(engine, "connect", _send_integers_as_int8)
    return engine


def _send_integers_as_int8(connection: psycopg.Connection[Any], _record: object) -> None:
    """Psycopg sizes an integer by its value; a statement would be prepared once per combination of sizes."""
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(int, Int8BinaryDumper)


Executor = Session | Connection
"""What statements are executed on: a session, or a bare connection where nothing else of a session is needed."""


def connection_of(executor: Executor) -> Connection:
    """Give the connection below, for statements that are written for the driver and need nothing worked out."""
    return executor if isinstance(executor, Connection) else executor.connection()


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after the transaction that read them."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back on any error. Nobody else commits."""
    with sessions.begin() as session:
        yield session
