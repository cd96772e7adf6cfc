"""
A release meets the one before it: while an upgrade goes on, old processes work on the new schema.

So a migration only adds (expands); what nobody uses any more is taken away by a later release (contracts). There is one release
yet: the mechanism is tested with migrations that are planted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from api_client import api_of
from builders import Shop, broken, one
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fulfillment.db import migrate, version
from fulfillment.db.migrate import config, upgrade

VERSIONS = Path(migrate.__file__).parents[1] / "migrations" / "versions"
LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "planted", "{head}", None, None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("order_id", sa.BigInteger))
    op.add_column("purchase_order", sa.Column("later", sa.String))
    op.add_column("shipment", sa.Column("later", sa.BigInteger, server_default="0", nullable=False))
    op.add_column("dispatch", sa.Column("later", sa.DateTime(timezone=True), server_default=sa.func.now()))
    op.add_column("payment_attempt", sa.Column("later", sa.Boolean))
    op.add_column("stock_movement", sa.Column("later", sa.dialects.postgresql.JSONB))
    {more}
"""

TAKES_AWAY = (
    (r"\bDROP (?:TABLE|COLUMN)\b", "drops what old processes use"),
    (r"\bRENAME\b", "renames what old processes use"),
    (r"\bALTER COLUMN \w+ (?:SET DATA )?TYPE\b", "rewrites a table, and old processes read another type"),
    (r"\bSET NOT NULL\b", "old processes may leave it out"),
    (r"\bADD COLUMN (?![^;]*\bDEFAULT\b)[^;]*\bNOT NULL\b", "old processes do not fill it: give it a default"),
    (r"\bCREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)", "locks the table while it is built: say CONCURRENTLY"),
)


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of migrations with one more than there is, which a newer release would bring along."""
    monkeypatch.setattr(migrate, "config", lambda: _with(tmp_path))
    version.newest()  # what this release knows, before the other one comes
    version.suits("any")
    return tmp_path


def _with(folder: Path) -> Config:
    options = config()
    options.set_main_option("version_locations", f"{VERSIONS}:{folder}")
    return options


def plant(folder: Path, more: str = "pass") -> None:
    (folder / "planted.py").write_text(LATER.format(head=version.newest(), more=more))


def test_old_processes_do_all_their_work_on_the_schema_of_a_later_release(own_shop: Shop, planted: Path) -> None:
    plant(planted)
    own_shop.sells("MUG", A=5)
    before = own_shop.places(("MUG", 1))
    url = own_shop.services.settings.database_url
    assert url is not None

    upgrade(url)  # while connections with prepared statements are open

    assert one(own_shop.services, "SELECT version_num FROM alembic_version") == "planted"
    shipped = own_shop.up_to("shipped", ("MUG", 2))
    own_shop.cancels(before.id)
    assert own_shop.order(shipped.id) == ("completed", "paid")
    assert own_shop.order(before.id)[0] == "canceled"
    assert broken(own_shop.services) == {}
    assert api_of(own_shop.services).nobody.get("/readyz").status_code == 200


def test_an_earlier_schema_is_not_ready_and_a_later_one_is() -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    head = version.newest()
    assert [version.suits(each) for each in (head, "a-later-one", None)] == [True, True, False]
    assert not any(version.suits(each) for each in known - {head})


def test_a_migration_that_cannot_have_a_table_lets_others_at_it_and_tries_again(
    database: str, planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(planted)
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.05)
    engine = create_engine(database, poolclass=NullPool)
    held = engine.connect()
    held.execute(text("SELECT count(*) FROM purchase_order"))  # and the transaction stays open
    waited: list[float] = []
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: (waited.append(seconds), held.rollback()))

    upgrade(database)

    assert len(waited) == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "planted"
    held.close()


def test_no_migration_takes_away_what_the_release_before_it_uses() -> None:
    later = [script for script in ScriptDirectory.from_config(config()).walk_revisions() if script.down_revision]
    assert {script.revision: objections(script.path) for script in later if not contracts(script.path)} == {
        script.revision: [] for script in later if not contracts(script.path)
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('op.drop_column("purchase_order", "version")', "drops"),
        ('op.drop_table("picklist")', "drops"),
        ('op.alter_column("shipment", "number", new_column_name="name")', "renames"),
        ('op.alter_column("shipment", "amount", type_=sa.String)', "rewrites"),
        ('op.alter_column("shipment", "warehouse_id", nullable=False)', "leave it out"),
        ('op.add_column("shipment", sa.Column("more", sa.String, nullable=False))', "give it a default"),
        ('op.create_index("slow", "shipment", ["later"])', "CONCURRENTLY"),
    ],
)
def test_one_that_does_is_found(planted: Path, more: str, said: str) -> None:
    plant(planted, more)
    [objection] = objections(str(planted / "planted.py"), _with(planted))
    assert said in objection


def contracts(path: str) -> bool:
    """Whether a migration says that it takes away, what, and since when nobody uses it."""
    return "CONTRACTS = " in Path(path).read_text()


def objections(path: str, options: Config | None = None) -> list[str]:
    """What old processes would object to, judged by the statements that the migration would execute."""
    script = next(
        each for each in ScriptDirectory.from_config(options or config()).walk_revisions() if each.path == path
    )
    out = StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": out})
    with Operations.context(context):
        script.module.upgrade()
    return [reason for pattern, reason in TAKES_AWAY if re.search(pattern, out.getvalue(), re.IGNORECASE)]
