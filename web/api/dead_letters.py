"""Steps that failed for good, kept with their error until a person replays them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.dispatch.dead_letters import dead_letters, replay
from fulfillment.kernel.errors import NotFound
from web.access import ADMIN
from web.call import Call, Reply
from web.paging import after_id, page
from web.routes import Noun
from web.schemas.base import Page, moment
from web.schemas.operations import DeadLettersOut, ReplayIn, ReplayOut

noun = Noun("dead_letters", "Steps that failed for good.")


@noun.reads("/v1/dead-letters", roles=(ADMIN,), answer=DeadLettersOut, query=Page)
def list_dead_letters(session: Session, call: Call, query: Page) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List the steps that failed for good, with their errors."""
    rows = dead_letters(session, after=after_id(query.cursor) or 0, limit=query.limit + 1)
    return Reply(page("dead_letters", rows, query.limit, lambda row: row["id"], [_shown(row) for row in rows]))


@noun.commands("/v1/dead-letters/<id:dispatch_id>/replay", roles=(ADMIN,), body=ReplayIn, answer=ReplayOut)
def replay_dead_letter(session: Session, call: Call, body: ReplayIn, dispatch_id: int) -> Reply:  # noqa: ARG001 - says nothing
    """Make a dead letter due again; it starts with no failures."""
    if not replay(session, [dispatch_id]):
        raise NotFound(f"no dead letter {dispatch_id}", remedy="list the dead letters: it may have been replayed")
    return Reply({"id": dispatch_id, "replayed": True})


def _shown(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "step", "order_id", "subject_id", "argument", "failures", "cause_id", "actor")
    return {
        **{name: row[name] for name in as_it_is},
        "sends": row["fence"],
        "error": row["last_error"],
        "cause": row["cause_kind"],
        "created_at": moment(row["created_at"]),
    }
