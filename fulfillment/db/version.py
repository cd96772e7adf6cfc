"""Whether a database has the schema that this code was written for."""

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
