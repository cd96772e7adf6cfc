"""Databases of tests: each its own, cloned from one that is migrated."""

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from fulfillment.db.session import transaction


def test_a_fresh_database_starts_empty_for_every_test(sessions: sessionmaker[Session]) -> None:
    with transaction(sessions) as session:
        session.execute(text("CREATE TABLE only_here (n int)"))
    with transaction(sessions) as session:
        assert session.scalar(text("SELECT count(*) FROM only_here")) == 0


def test_integers_of_all_sizes_share_one_prepared_statement(engine: Engine) -> None:
    with engine.connect() as connection:
        for n in (1, 40_000, 3_000_000_000) * 6:
            assert connection.execute(text("SELECT :n + 1"), {"n": n}).scalar_one() == n + 1
        prepared = connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    assert [statement for statement in prepared if "+ 1" in statement] == ["SELECT $1 + 1"]


def test_time_is_utc_and_a_session_cannot_wait_for_ever(engine: Engine) -> None:
    with engine.connect() as connection:
        shown = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("timezone", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        }
    assert shown == {
        "timezone": "UTC",
        "lock_timeout": "10s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
    }
