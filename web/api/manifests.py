"""Manifests: closed by a warehouse when the carrier has been there, read and printed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.manifests.close import Asked, close_manifest
from fulfillment.manifests.read import ManifestFilter, ManifestView, find_manifest, list_manifests
from web.access import ADMIN, WAREHOUSE
from web.api.operations import accepted, leads_to_operation
from web.call import Call, Paper, Reply
from web.paging import after_moment, by_creation, page
from web.routes import Noun
from web.schemas.base import day, moment
from web.schemas.manifests import ManifestIn, ManifestOut, ManifestsOut, ManifestsQuery

_FLOOR = (WAREHOUSE, ADMIN)

noun = Noun("manifests", "What a carrier took over from a warehouse in one go.")


@leads_to_operation(noun, "/v1/manifests", roles=_FLOOR, body=ManifestIn)
def create_manifest(session: Session, call: Call, body: ManifestIn) -> Reply:
    """
    Close a manifest: all that a carrier has taken over from a warehouse and that is on none yet.

    The operation's result names it. The carrier is told once, whatever becomes of its answer; a parcel is on one manifest at
    most, and what is on one that failed goes on another.
    """
    call.enter_warehouse(body.warehouse, f"warehouse {body.warehouse}")
    asked = Asked(call.key.id, call.cause, call.at)
    known = list(call.services.carriers)
    return accepted(session, call, close_manifest(session, body.carrier, body.warehouse, known=known, asked=asked))


@noun.reads("/v1/manifests", roles=_FLOOR, answer=ManifestsOut, query=ManifestsQuery)
def list_all_manifests(session: Session, call: Call, query: ManifestsQuery) -> Reply:
    """List manifests, the latest first. A warehouse sees its own."""
    wanted = ManifestFilter(query.carrier, query.warehouse, query.day, only=call.key.warehouses)
    rows = list_manifests(session, wanted, before=after_moment(query.cursor), limit=query.limit + 1)
    return Reply(page("manifests", rows, query.limit, by_creation, [_shown(row) for row in rows]))


@noun.reads("/v1/manifests/<id:manifest_id>", roles=_FLOOR, answer=ManifestOut)
def show_manifest(session: Session, call: Call, manifest_id: int) -> Reply:
    """Read a manifest and the parcels on it."""
    view = _entered(session, call, manifest_id)
    return Reply({**_shown(view.manifest), "parcels": [dict(parcel) for parcel in view.parcels]})


@noun.prints("/v1/manifests/<id:manifest_id>/paper", roles=_FLOOR)
def print_manifest(session: Session, call: Call, manifest_id: int) -> Paper:
    """Print a manifest: what the driver signs for."""
    from fulfillment.papers.manifest_paper import manifest_paper

    _entered(session, call, manifest_id)
    return Paper(manifest_paper(session, manifest_id), f"manifest-{manifest_id}.pdf")


def _entered(session: Session, call: Call, manifest_id: int) -> ManifestView:
    view = find_manifest(session, manifest_id)
    call.enter_warehouse(view.manifest["warehouse"], f"manifest {manifest_id}")
    return view


def _shown(row: RowMapping) -> dict[str, Any]:
    as_it_is = ("id", "carrier", "warehouse", "labels", "status", "reference", "code", "message", "created_by")
    return {
        **{name: row[name] for name in as_it_is},
        "day": day(row["day"]),
        "status_since": moment(row["status_since"]),
        "created_at": moment(row["created_at"]),
    }
