"""Reconciliations: what has drifted though no command failed, shown first, and repaired item by item."""

from __future__ import annotations

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from web.pages.asking import ask, only

_ON_A_PAGE = 50
_ITEMS = 200

blueprint = Blueprint("reconciliations", __name__, url_prefix="/reconciliations")


@blueprint.get("/")
def show() -> str:
    """Show the reconciliations, the latest first, and ask for another."""
    only(Role.ADMIN)
    found = ask().get("/v1/reconciliations", {"limit": _ON_A_PAGE})["reconciliations"]
    return render_template("reconciliations.html", reconciliations=found)


@blueprint.get("/<int:reconciliation_id>")
def show_one(reconciliation_id: int) -> str:
    """Show what a reconciliation found, each item with its repair."""
    only(Role.ADMIN)
    path = f"/v1/reconciliations/{reconciliation_id}"
    items = ask().get(f"{path}/items", {"limit": _ITEMS})
    return render_template(
        "reconciliation.html",
        path=path,
        run=ask().get(path),
        items=items["items"],
        more=items["next"] is not None,
    )
