"""Ids that are known before their rows are written."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.db.session import make_engine
from fulfillment.runtime import databases


@pytest.fixture
def another(postgres_url: str, template: str) -> Iterator[Engine]:
    url = databases.create(postgres_url, f"{template}_another", template=template)
    engine = make_engine(url)
    yield engine
    engine.dispose()
    databases.drop(postgres_url, f"{template}_another")


def test_no_id_comes_twice_even_in_a_process_that_speaks_to_two_databases(engine: Engine, another: Engine) -> None:
    with Session(engine) as here, Session(another) as there:
        taken = {here: take_ids(here, 400), there: take_ids(there, 700)}
        for _ in range(3):
            for session in (here, there):
                taken[session] += take_ids(session, 700)

    for ids in taken.values():
        assert len(set(ids)) == len(ids)


def test_two_sessions_of_one_database_share_a_block(engine: Engine) -> None:
    with Session(engine) as first, Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as second:
        ids = take_ids(first, 2) + take_ids(second, 2)

    assert ids == list(range(ids[0], ids[0] + 4))
