"""What every test may ask for: a real PostgreSQL, and in it a migrated database of its own."""

import os
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import rules_page
from builders import Shop, emptied
from fakes.carrier import ScriptedCarrier
from fakes.clock import SettableClock
from fakes.gateway import ScriptedGateway
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from fulfillment.db.migrate import upgrade
from fulfillment.db.session import make_engine, make_sessions
from fulfillment.runtime import databases, home, postgres
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings import Settings
from fulfillment.settings.values import psycopg_url
from fulfillment.wiring import Services, build


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", type=Path, help="take pictures of the pages into this folder")
    parser.addoption("--conformance-calls", type=int, default=0, help="make up so many calls of the API; unset: a few")
    parser.addoption(
        "--conformance-seed",
        type=int,
        help="what the calls are made up from; unset: chance, or for a few always the same",
    )
    parser.addoption("--rules-page", type=Path, help="write the page of rules and their tests to this file")


def pytest_configure() -> None:
    """Python keeps what it compiles, here and in what is started: a system is eight programs, each of a thousand modules."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    if items:
        rules_page.note_left_out(items[0].config)


def pytest_collection_finish(session: pytest.Session) -> None:
    if (path := session.config.getoption("--rules-page")) is not None:
        rules_page.write(path, session.items)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server for this test process: TEST_DATABASE_URL, else an embedded one that forgets everything (fsync off)."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield psycopg_url(given)
        return
    with home.temporary() as folder, Supervisor(folder / "logs") as supervisor:
        server = postgres.cluster(folder, durable=False)
        server.start(supervisor)
        yield server.url()


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """
    The name of a migrated and empty database; nobody may stay connected to it, since it is copied.

    Who starts tests over and over on one server makes it once and names it: TEST_TEMPLATE.
    """
    if given := os.environ.get("TEST_TEMPLATE"):
        yield given
        return
    name = f"template_{uuid.uuid4().hex[:12]}"
    upgrade(databases.create(postgres_url, name))
    yield name
    databases.drop(postgres_url, name)


@pytest.fixture
def database(postgres_url: str, template: str) -> Iterator[str]:
    """The address of a fresh migrated database: for tests that commit, or that several connections look at."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield databases.create(postgres_url, name, template=template)
    databases.drop(postgres_url, name)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An engine on the fresh database."""
    engine = make_engine(database, pool_size=20)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions on the fresh database: what is committed stays for the length of the test."""
    return make_sessions(engine)


@pytest.fixture(scope="session")
def _shared_engine(postgres_url: str, template: str) -> Iterator[Engine]:
    name = f"shared_{uuid.uuid4().hex[:12]}"
    engine = make_engine(databases.create(postgres_url, name, template=template))
    yield engine
    engine.dispose()
    databases.drop(postgres_url, name)


@pytest.fixture
def session(_shared_engine: Engine) -> Iterator[Session]:
    """A session whose whole work is rolled back after the test: the quickest, for tests of one connection."""
    with _shared_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A data folder that the embedded database can reach, whoever runs the tests (pytest's own is closed to others)."""
    with home.temporary() as folder:
        yield folder


@pytest.fixture(scope="session")
def _worn(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The parts on one database that is emptied for every test: a hundred times quicker than a fresh one."""
    name = f"worn_{uuid.uuid4().hex[:12]}"
    url = databases.create(postgres_url, name, template=template)
    settings = Settings(database_url=url, gateway_url="approve:", fulfillment_home=tmp_path_factory.mktemp("worn"))
    parts = build(settings, pool_size=20)
    yield parts
    parts.close()
    databases.drop(postgres_url, name)


@pytest.fixture
def services(_worn: Services, tmp_path: Path) -> Services:
    """The parts, tuned as workers are, on an empty database. A test that changes the schema takes `own_shop`."""
    return emptied(_worn, tmp_path)


@pytest.fixture
def shop(services: Services) -> Shop:
    """A shop that has opened and sells nothing yet."""
    return Shop(services).open()


@pytest.fixture
def own_shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop with a database of its own: for tests that add triggers to it."""
    parts = build(Settings(database_url=database, gateway_url="approve:", fulfillment_home=tmp_path), pool_size=20)
    clock = SettableClock()
    others = {"gateway": ScriptedGateway(clock=clock), "carriers": {"simulated": ScriptedCarrier()}}
    yield Shop(replace(parts, clock=clock, **others)).open()
    parts.close()
