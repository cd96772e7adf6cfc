"""A backup is the whole database of one moment, and what is made of it goes on where that was, under numbers nobody has."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from builders import Shop
from click.testing import CliRunner

from fulfillment.cli import main
from fulfillment.runtime import databases
from fulfillment.runtime.backup import SKIPPED_BLOCKS, CannotBackUp, back_up, bring_back
from fulfillment.runtime.databases import conninfo
from fulfillment.wiring import Services


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    name = f"empty_{uuid.uuid4().hex[:12]}"
    yield databases.create(postgres_url, name)
    databases.drop(postgres_url, name)


def test_a_restored_database_holds_what_the_other_held_and_gives_no_number_again(
    shop: Shop, services: Services, empty: str, tmp_path: Path
) -> None:
    shop.sells("MUG", A=5)
    shop.up_to("shipped", ("MUG", 1))
    shop.places(("MUG", 1))
    url = services.settings.database_url
    assert url is not None
    file = tmp_path / "shop.backup"

    back_up(url, file)
    told = CliRunner().invoke(main, ["db", "restore", str(file)], env={"DATABASE_URL": empty})

    assert (told.exit_code, told.output[:9]) == (0, "Restored."), told.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.glob("*.part")) == []
    assert all_of(empty) == all_of(url)
    assert next_block(empty) == next_block(url) + SKIPPED_BLOCKS


def all_of(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with psycopg.connect(conninfo(url)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {
            name: [row for (row,) in connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1")]
            for (name,) in tables
        }


def next_block(url: str) -> int:
    with psycopg.connect(conninfo(url)) as connection:
        [number] = connection.execute("SELECT nextval('row_id_block')").fetchone() or (0,)
    return int(number)


def test_what_is_there_is_never_overwritten_and_no_backup_is_no_backup(
    database: str, empty: str, tmp_path: Path
) -> None:
    file = tmp_path / "shop.backup"
    back_up(database, file)
    with pytest.raises(CannotBackUp, match="not empty"):
        bring_back(database, file)

    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(CannotBackUp, match="pg_restore"):
        bring_back(empty, file)
    assert all_of(empty) == {}

    with pytest.raises(CannotBackUp) as told:
        back_up("postgresql+psycopg://shop:secret@127.0.0.1:1/orders", tmp_path / "none.backup")
    assert "Connection refused" in str(told.value)
    assert "secret" not in str(told.value)
    assert not (tmp_path / "none.backup").exists()
