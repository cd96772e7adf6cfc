"""Whether this code can work with the schema that a database has."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.migrate import config

_APPLIED = text("SELECT version_num FROM alembic_version")


@cache
def newest() -> str | None:
    """The revision this code belongs to."""
    return ScriptDirectory.from_config(config()).get_current_head()


def applied(session: Session) -> str | None:
    """The revision the database has."""
    return session.execute(_APPLIED).scalar_one_or_none()


def suits(version: str | None) -> bool:
    """
    Tell whether this code can work with a schema of this version.

    It can with its own, and with a later one, of which it knows nothing: a release only adds to the schema of the one before
    (docs/how-to/upgrade.md). It cannot with an earlier one.
    """
    return version is not None and (version == newest() or version not in _known())


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())
