"""The embedded PostgreSQL."""

import os
import signal
import stat
from pathlib import Path

import psutil
import psycopg
import pytest

from fulfillment.runtime import databases, home, postgres
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.supervisor import Supervisor
from tests.runtime.conditions import eventually

pytestmark = pytest.mark.process


def test_data_outlives_the_server(data_folder: Path) -> None:
    for expected in (0, 1):
        with Supervisor(data_folder / "logs") as supervisor:
            server = postgres.cluster(data_folder)
            server.start(supervisor)
            url = databases.conninfo(databases.ensure(server.url(), "fulfillment"))
            with psycopg.connect(url, autocommit=True) as connection:
                assert connection.execute("SHOW fsync").fetchone() == ("on",)
                assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
                assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
                connection.execute("CREATE TABLE IF NOT EXISTS runs (n int)")
                assert connection.execute("SELECT count(*) FROM runs").fetchone() == (expected,)
                connection.execute("INSERT INTO runs VALUES (1)")


def test_two_data_folders_are_two_servers_at_the_same_time() -> None:
    with home.temporary() as one, home.temporary() as two, Supervisor(one / "logs") as supervisor:
        first = postgres.cluster(one, durable=False)
        first.start(supervisor)
        with Supervisor(two / "logs") as other:
            second = postgres.cluster(two, durable=False)
            second.start(other)
            databases.ensure(first.url(), "only_in_one")
            with psycopg.connect(databases.conninfo(second.url())) as connection:
                names = connection.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
    assert names == [("postgres",), ("template0",), ("template1",)]


def test_a_killed_server_is_started_again_with_what_was_committed(data_folder: Path) -> None:
    with Supervisor(data_folder / "logs") as supervisor:
        server = postgres.cluster(data_folder)
        server.start(supervisor)
        with psycopg.connect(databases.conninfo(server.url()), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        process = supervisor.processes["postgres"]
        os.kill(process.pid, signal.SIGKILL)
        eventually(lambda: process.restarts >= 1 and server.answers())
        with psycopg.connect(databases.conninfo(server.url())) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_server_that_another_process_runs_is_found_by_its_folder(data_folder: Path) -> None:
    assert postgres.running(data_folder) is None
    with Supervisor(data_folder / "logs") as supervisor:
        server = postgres.cluster(data_folder, durable=False)
        server.start(supervisor)
        assert postgres.running(data_folder) == server.url()
    assert postgres.running(data_folder) is None


def test_a_long_path_gets_a_short_socket(data_folder: Path) -> None:
    deep = data_folder / ("x" * 90)
    deep.mkdir(mode=0o755)
    with Supervisor(deep / "logs") as supervisor:
        server = postgres.cluster(deep, durable=False)
        server.start(supervisor)
        assert server.answers()
        assert len(str(server.sockets)) < 90


def test_the_data_and_the_socket_are_closed_to_others(data_folder: Path) -> None:
    with Supervisor(data_folder / "logs") as supervisor:
        server = postgres.cluster(data_folder, durable=False)
        server.start(supervisor)
        modes = {stat.S_IMODE(folder.stat().st_mode) for folder in (server.data, server.sockets)}
    assert modes == {0o700}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account run the server")
def test_as_root_a_folder_that_is_closed_to_others_is_refused_and_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(CannotStart, match="may not enter"):
        postgres.cluster(closed / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account run the server")
def test_as_root_the_server_runs_as_somebody_else(data_folder: Path) -> None:
    with Supervisor(data_folder / "logs") as supervisor:
        postgres.cluster(data_folder, durable=False).start(supervisor)
        assert psutil.Process(supervisor.processes["postgres"].pid).uids().effective != 0


def test_data_of_another_version_is_refused(data_folder: Path) -> None:
    (data_folder / "database").mkdir()
    (data_folder / "database" / "PG_VERSION").write_text("16\n")
    account = postgres.accounts.for_postgres()
    if account:
        account.own(data_folder / "database")
    with pytest.raises(CannotStart, match="made by PostgreSQL 16, this is 18"):
        postgres.cluster(data_folder)
