"""
A backup of the database in one file, and a database from it.

Made by PostgreSQL's own pg_dump, from the wheel of the embedded server: it reads one moment, whatever is written meanwhile, and
keeps nobody from working.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fulfillment.db.ids import CHANGE_ID, ROW_ID_BLOCK
from fulfillment.db.migrate import upgrade
from fulfillment.runtime import postgres
from fulfillment.runtime.databases import conninfo
from fulfillment.runtime.faults import CannotStart

SKIPPED_BLOCKS: Final = 10_000
"""
So many numbers of each sequence are left out after a restore. What was given out between the backup and the loss is known to
customers and carriers by its number, and no other order may get it.
"""

_TABLES: Final = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


class CannotBackUp(CannotStart):
    """A backup could not be made or brought back; the message says why."""


def back_up(url: str, file: Path) -> None:
    """Write the database to a file, which appears when it is whole and can be read. Raises CannotBackUp."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.touch(mode=0o600)  # customers' names and addresses are nobody else's to read
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
        _run("pg_restore", None, "--list", str(part))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        raise CannotBackUp(f"{file} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def bring_back(url: str, file: Path) -> None:
    """
    Fill an empty database from a backup, all or nothing, and bring it to the newest schema.

    Raises CannotBackUp where the database is not empty, or the file is no backup.
    """
    with psycopg.connect(conninfo(url)) as connection:
        found = connection.execute(_TABLES).fetchone()
    if found is None or found[0]:
        raise CannotBackUp(
            "this database is not empty, and nothing is overwritten: restore into a new one (DATABASE_URL, or an empty "
            "FULFILLMENT_HOME)"
        )
    _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(file))
    upgrade(url)
    with psycopg.connect(conninfo(url)) as connection:
        for sequence in (ROW_ID_BLOCK, CHANGE_ID):
            name = sql.Identifier(sequence.name)
            ahead = sql.SQL("SELECT setval({}, (SELECT last_value + {} FROM {}))").format(
                sql.Literal(sequence.name), sql.Literal(SKIPPED_BLOCKS), name
            )
            connection.execute(ahead)
        connection.execute("ANALYZE")


def _run(program: str, url: str | None, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    command = [str(postgres.installed(program))]
    if url is not None:
        place = {name: str(value) for name, value in conninfo_to_dict(conninfo(url)).items()}
        # The password goes by the environment: arguments can be read by everyone on the machine.
        environment["PGPASSWORD"] = place.pop("password", "")
        command.append(f"--dbname={make_conninfo('', **place)}")
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBackUp(f"{program} ended with {done.returncode}: {done.stderr.strip()[:500]}")
