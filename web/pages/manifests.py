"""Manifests: what a carrier took over, closed when the driver is there, and printed."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from web.pages.asking import ask, only

_FLOOR: Final = (Role.WAREHOUSE, Role.ADMIN)
_ON_A_PAGE: Final = 50

blueprint = Blueprint("manifests", __name__, url_prefix="/floor/manifests")


@blueprint.get("/")
def show() -> str:
    """Show the manifests, the latest first, and close another."""
    only(*_FLOOR)
    manifests = ask().get("/v1/manifests", {"limit": _ON_A_PAGE})["manifests"]
    return render_template(
        "manifests.html",
        manifests=manifests,
        carriers=sorted({each["carrier"] for each in manifests}),
        warehouses=[each["code"] for each in ask().every("/v1/warehouses", "warehouses")],
    )


@blueprint.get("/<int:manifest_id>")
def show_one(manifest_id: int) -> str:
    """Show a manifest and the parcels on it."""
    only(*_FLOOR)
    return render_template("manifest.html", manifest=ask().get(f"/v1/manifests/{manifest_id}"))
