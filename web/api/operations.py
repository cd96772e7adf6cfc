"""What a 202 is followed by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.bulk.read import first_problems, refused_of
from fulfillment.bulk.request import BULK
from fulfillment.dispatch.models import Operation
from fulfillment.dispatch.operations import find_operation
from fulfillment.kernel.errors import NotFound
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.amounts import told_to
from web.call import Call, Reply
from web.route import SMALL_BODY
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.operations import OperationOut

noun = Noun("operations", "What a command that leads to steps is followed by.")


@noun.reads("/v1/operations/<id:operation_id>", roles=(STOREFRONT, CSR, WAREHOUSE, ADMIN), answer=OperationOut)
def show_operation(session: Session, call: Call, operation_id: int) -> Reply:
    """Read how far a command has come; its own only, but for customer service and administrators."""
    return Reply(shown(session, call, operation_id))


def leads_to_operation(
    noun: Noun,
    rule: str,
    *,
    roles: Collection[Role],
    body: type[BaseModel],
    most_bytes: int = SMALL_BODY,
    also: Mapping[int, type[BaseModel]] | None = None,
) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Declare a POST whose work is done by steps: 202 with an operation to follow, 200 when the client waits for it."""
    return noun.commands(
        rule,
        roles=roles,
        body=body,
        answer=OperationOut,
        status=202,
        most_bytes=most_bytes,
        also={200: OperationOut, **(also or {})},
        follow=_follow,
    )


def _follow(session: Session, call: Call, body: Mapping[str, Any]) -> Reply | None:
    found = shown(session, call, body["id"])
    return None if found["status"] == "pending" else Reply(found)


def accepted(session: Session, call: Call, operation_id: int) -> Reply:
    """Answer that the steps are promised, and where to follow them."""
    return Reply(shown(session, call, operation_id), 202, {"Location": f"/v1/operations/{operation_id}"})


def shown(session: Session, call: Call, operation_id: int) -> dict[str, Any]:
    """Give an operation as this caller may see it. Raises NotFound."""
    found = find_operation(session, operation_id)
    sees_all = call.key.role in (Role.CSR, Role.ADMIN)
    if found is None or not (sees_all or found.client_id == call.key.id):
        raise NotFound(f"no operation {operation_id}")
    problems, refused, result = found.problems, len(found.problems), found.result
    if found.kind == BULK:
        problems, refused = first_problems(session, found.id), refused_of(session, found.id)
        result = {**result, "refused": refused, "items": f"/v1/operations/{found.id}/items"}
    return {
        "id": found.id,
        "kind": found.kind,
        "status": _status(found, refused),
        "total": found.total,
        "done": found.done,
        "problems": [told_to(call.key.role, each) for each in problems],
        "result": result,
        "created_at": moment(found.created_at),
        "finished_at": moment(found.finished_at),
    }


def _status(operation: Operation, refused: int) -> str:
    if operation.done < operation.total:
        return "pending"
    if not refused:
        return "succeeded"
    return "refused" if refused >= operation.total else "partly_refused"
