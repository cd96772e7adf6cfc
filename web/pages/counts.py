"""Counts: what lies where, counted blind, place by place."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import tell_refusal
from web.pages.asking import Refused, ask, only

_FLOOR: Final = (Role.WAREHOUSE, Role.ADMIN)
_ON_A_PAGE: Final = 50

blueprint = Blueprint("counts", __name__, url_prefix="/floor/counts")


@blueprint.get("/")
def show() -> str:
    """Show the counts, the latest first, and begin another."""
    only(*_FLOOR)
    return render_template(
        "counts.html",
        counts=ask().get("/v1/counts", {"limit": _ON_A_PAGE})["counts"],
        warehouses=[each["code"] for each in ask().every("/v1/warehouses", "warehouses")],
    )


@blueprint.post("/")
def begin() -> ResponseReturnValue:
    """Begin a count of some bins, some products, or all of a warehouse, and go there."""
    only(*_FLOOR)
    body: dict[str, Any] = {"warehouse": request.form.get("warehouse", "")}
    for name in ("bins", "skus"):
        if named := request.form.get(name, "").replace(",", " ").split():
            body[name] = named
    try:
        made = ask().send("POST", "/v1/counts", body, headers={"Idempotency-Key": request.form.get("key", "")}).body
    except Refused as refused:
        tell_refusal(refused)
        return redirect(url_for(".show"), 303)
    return redirect(url_for(".show_one", count_id=made["id"]), 303)


@blueprint.get("/<int:count_id>")
def show_one(count_id: int) -> str:
    """Show where to count next, and what was counted."""
    only(*_FLOOR)
    count = ask().get(f"/v1/counts/{count_id}")
    following = next((line for line in count["lines"] if line["counted"] is None), None)
    return render_template("count.html", count=count, following=following)
