"""Whether this process lives, and whether it can work."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from fulfillment.db.version import applied, newest, suits
from fulfillment.dispatch.backlog import oldest_due_seconds
from web.access import PUBLIC
from web.call import Reply
from web.handling import services
from web.routes import Noun
from web.schemas.operations import HealthOut, ReadyOut

noun = Noun("health", "For whoever watches the processes. No key is needed.")


@noun.open("/healthz", roles=PUBLIC, answer=HealthOut)
def show_health() -> Reply:
    """Tell that the process answers; it looks at nothing else."""
    return Reply({"status": "ok"})


@noun.open("/readyz", roles=PUBLIC, answer=ReadyOut)
def show_readiness() -> Reply:
    """
    Tell whether requests can be served: the database answers and has this release's schema or a later one (else 503).

    The broker is not asked: no request needs it. `oldest_due_seconds` says how far the workers are behind.
    """
    try:
        with services().autocommit() as session:
            version, behind = applied(session), oldest_due_seconds(session)
    except SQLAlchemyError:
        return Reply(_shown(ready=False, database=False, version=None, behind=None), 503)
    ready = suits(version)
    return Reply(_shown(ready=ready, database=True, version=version, behind=behind), 200 if ready else 503)


def _shown(*, ready: bool, database: bool, version: str | None, behind: float | None) -> dict[str, object]:
    return {
        "status": "ready" if ready else "not_ready",
        "database": database,
        "schema_version": version,
        "newest_schema_version": newest(),
        "oldest_due_seconds": None if behind is None else round(behind, 3),
    }
