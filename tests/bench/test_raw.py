"""The raw reference does at least what it says it does."""

import psycopg
import pytest

from fulfillment.bench.raw import SCHEMA, SCRIPT, Reference, find_pgbench
from fulfillment.runtime import databases
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.postgres import cluster


@pytest.mark.process
def test_says_how_many_orders_plain_sql_walks_through_in_a_second(postgres_url, data_folder):
    reference = Reference(postgres_url, find_pgbench(cluster(data_folder).programs))
    assert reference.transactions_per_s(seconds=1) > 0


@pytest.mark.process
def test_a_script_that_fails_is_told_with_its_error(postgres_url, data_folder, tmp_path):
    wrong = tmp_path / "wrong.sql"
    wrong.write_text("SELECT nothing FROM nowhere;")
    reference = Reference(postgres_url, find_pgbench(cluster(data_folder).programs), wrong)
    with pytest.raises(CannotStart, match=r"pgbench failed: .*ERROR"):
        reference.transactions_per_s(seconds=1)
    with psycopg.connect(databases.conninfo(postgres_url)) as connection:
        left = connection.execute("SELECT count(*) FROM pg_database WHERE datname = 'raw_reference'").fetchone()
    assert left == (0,)


def test_the_script_is_six_transactions_over_tables_of_the_schema():
    script = SCRIPT.read_text()
    assert (script.count("BEGIN;"), script.count("COMMIT;")) == (6, 6)
    for table in ("shelf", "sale", "parcel", "piece", "tender", "booking", "entry"):
        assert f"CREATE TABLE {table} (" in SCHEMA.read_text()
        assert f" {table} " in script


def test_says_what_to_install_where_pgbench_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("fulfillment.bench.raw._DEBIAN", tmp_path)
    with pytest.raises(CannotStart, match="install it"):
        find_pgbench(tmp_path)
