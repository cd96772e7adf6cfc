"""Reconciliations: what has drifted, found class by class and repaired item by item."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.payments.sync.ask import Told
from fulfillment.reconciliation.runs import ask_for, find_item, find_run, items_of, list_runs
from fulfillment.workflow.reconcile import ask_for_item, repair
from web.access import ADMIN
from web.call import Call, Reply
from web.paging import after_id, page
from web.routes import Noun
from web.schemas.base import Page, moment
from web.schemas.reconciliations import (
    DriftItemOut,
    DriftItemsOut,
    ReconciliationIn,
    ReconciliationOut,
    ReconciliationsOut,
    RepairIn,
)

noun = Noun("reconciliations", "What has drifted though no command failed, and its repair.")


@noun.commands("/v1/reconciliations", roles=(ADMIN,), body=ReconciliationIn, answer=ReconciliationOut, status=202)
def create_reconciliation(session: Session, call: Call, body: ReconciliationIn) -> Reply:
    """
    Ask for a look at everything: the schedule carries it out within a minute. Without `repair` it is a dry run.

    The schedule asks for a dry run by itself every six hours.
    """
    run = ask_for(session, body.classes, repairs=body.repair, cause=call.cause, at=call.at)
    return Reply(_run(find_run(session, run.id)), 202, {"Location": f"/v1/reconciliations/{run.id}"})


@noun.reads("/v1/reconciliations", roles=(ADMIN,), answer=ReconciliationsOut, query=Page)
def list_reconciliations(session: Session, call: Call, query: Page) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List reconciliations, the latest first."""
    rows = list_runs(session, before=after_id(query.cursor), limit=query.limit + 1)
    return Reply(page("reconciliations", rows, query.limit, lambda row: row["id"], [_run(row) for row in rows]))


@noun.reads("/v1/reconciliations/<id:reconciliation_id>", roles=(ADMIN,), answer=ReconciliationOut)
def show_reconciliation(session: Session, call: Call, reconciliation_id: int) -> Reply:  # noqa: ARG001 - the same
    """Read how far a reconciliation is, and how much it found of each class."""
    return Reply(_run(find_run(session, reconciliation_id)))


@noun.reads("/v1/reconciliations/<id:reconciliation_id>/items", roles=(ADMIN,), answer=DriftItemsOut, query=Page)
def list_drift_items(session: Session, call: Call, query: Page, reconciliation_id: int) -> Reply:  # noqa: ARG001 - the same
    """List what a reconciliation found."""
    rows = items_of(session, reconciliation_id, after=after_id(query.cursor) or 0, limit=query.limit + 1)
    return Reply(page("items", rows, query.limit, lambda row: row["id"], [_item(row) for row in rows]))


def _ask(call: Call, reconciliation_id: int, item_id: int) -> Told | None:
    """Ask the gateway, where the item is about its books."""
    return ask_for_item(call.services, _known(call, reconciliation_id, item_id))


def _known(call: Call, reconciliation_id: int, item_id: int) -> int:
    with call.services.autocommit() as session:
        find_run(session, reconciliation_id)
        find_item(session, item_id, of=reconciliation_id)
    return item_id


@noun.commands(
    "/v1/reconciliations/<id:reconciliation_id>/items/<id:item_id>/repair",
    roles=(ADMIN,),
    body=RepairIn,
    answer=DriftItemOut,
    beforehand=_ask,
)
def repair_drift_item(
    session: Session,
    call: Call,
    body: RepairIn,  # noqa: ARG001 - says nothing
    reconciliation_id: int,
    item_id: int,
    told: Told | None,
) -> Reply:
    """
    Repair one item, if it is still as it was found; one that is repaired already stays as it is.

    Before and after stand on the timeline of its order. What is not so any more is refused with 409 `drift_gone` or
    `drift_changed`; what nobody can repair by itself with what to do about it.
    """
    repair(session, item_id, told, cause=call.cause, at=call.at)
    return Reply(_item(find_item(session, item_id, of=reconciliation_id)))


def _run(row: RowMapping) -> dict[str, Any]:
    begun = "waiting" if row["begun_at"] is None else "running"
    return {
        **{name: row[name] for name in ("id", "classes", "looked_at", "actor", "errors", "counts")},
        "repair": row["repairs"],
        "status": begun if row["finished_at"] is None else "finished",
        **{name: moment(row[name]) for name in ("asked_at", "begun_at", "finished_at")},
    }


def _item(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "reconciliation_id", "drift", "rule", "place", "status", "refusal", "after", "repaired_by")
    return {
        **{name: row[name] for name in as_it_is},
        "order": row["order_number"],
        "found": row["facts"],
        "found_at": moment(row["found_at"]),
        "repaired_at": moment(row["repaired_at"]),
    }
