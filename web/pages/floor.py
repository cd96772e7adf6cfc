"""The floor: what is released, the picklists, and picking with nothing but a scanner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fulfillment.access.models import Role
from web.pages.asking import Refused, ask, only

_FLOOR: Final = (Role.WAREHOUSE, Role.ADMIN)
_STATES: Final = ("released", "packing", "inventory_assigned", "awaiting_inventory")
_ON_A_PAGE: Final = 100

blueprint = Blueprint("floor", __name__, url_prefix="/floor")


@blueprint.get("/")
def show() -> str:
    """Show the picklists and what waits to be put on one."""
    only(*_FLOOR)
    status = request.args.get("status", "released")
    status = status if status in _STATES else "released"
    return render_template(
        "floor.html",
        picklists=ask().get("/v1/picklists", {"status": "open", "limit": _ON_A_PAGE})["picklists"],
        shipments=ask().get("/v1/shipments", {"status": status, "limit": _ON_A_PAGE})["shipments"],
        put_backs=ask().get("/v1/put-backs", {"limit": _ON_A_PAGE})["put_backs"],
        status=status,
        states=_STATES,
    )


@blueprint.post("/picklists")
def begin_picklist() -> ResponseReturnValue:
    """Put the chosen shipments on a picklist and go there."""
    chosen = [int(each) for each in request.form.getlist("shipment") if each.isdigit()]
    headers = {"Idempotency-Key": request.form.get("key", ""), "Prefer": "wait=5"}
    made = ask().send("POST", "/v1/picklists", {"shipment_ids": chosen}, headers=headers).body
    picklist_id = made["result"].get("picklist_id")
    if picklist_id is None or made["problems"]:
        return redirect(url_for("acting.show_operation", operation_id=made["id"], back=url_for(".show")), 303)
    return redirect(url_for(".show_picklist", picklist_id=picklist_id), 303)


@blueprint.get("/picklists/<int:picklist_id>")
def show_picklist(picklist_id: int) -> str:
    """Show where to go next, and take scans."""
    only(*_FLOOR)
    picklist = ask().get(f"/v1/picklists/{picklist_id}")
    walk = ask().get(f"/v1/picklists/{picklist_id}/walk")
    pieces = sum(line["quantity"] for line in picklist["lines"])
    picked = sum(line["picked"] for line in picklist["lines"])
    return render_template(
        "picklist.html",
        picklist=picklist,
        walk=walk,
        pieces=pieces,
        picked=picked,
        reasons=_reasons(),
        last=session.pop("scan", None),
        bin=session.get("bin"),
        me=current_user.person.key.actor,
    )


@blueprint.post("/picklists/<int:picklist_id>/scan")
def scan(picklist_id: int) -> ResponseReturnValue:
    """
    Take what a scanner typed: a bin of the walk is where the picker stands now, anything else is an item of it.

    A scanner knows no fields: one input takes both, and the walk tells which it is.
    """
    code = request.form.get("code", "").strip()
    walk = ask().get(f"/v1/picklists/{picklist_id}/walk")
    bins = {stop["bin"] for stop in walk["stops"] if stop["bin"]}
    if code.upper() in {each.upper() for each in bins}:
        session["bin"] = next(each for each in bins if each.upper() == code.upper())
        session["scan"] = {"good": True, "title": f"Bin {session['bin']}", "detail": "now scan the item"}
    elif code:
        session["scan"] = _scanned(picklist_id, code, bins)
    return redirect(url_for(".show_picklist", picklist_id=picklist_id), 303)


def _scanned(picklist_id: int, code: str, bins: set[str]) -> Mapping[str, Any]:
    body: dict[str, Any] = {"scan_id": request.form.get("scan_id", ""), "code": code}
    if (quantity := request.form.get("quantity", "1")).isdigit():
        body["quantity"] = int(quantity)
    if tote := request.form.get("tote", "").strip():
        body["tote"] = tote
    if session.get("bin") in bins:
        body["bin"] = session["bin"]
    try:
        counted = (
            ask()
            .send("POST", f"/v1/picklists/{picklist_id}/scans", body, headers={"Idempotency-Key": body["scan_id"]})
            .body
        )
    except Refused as refused:
        return {"good": False, "title": refused.detail, "detail": refused.remedy or ""}
    return {"good": True, "title": f"{counted['quantity']} × {counted['sku']}", "detail": counted["name"]}


def _reasons() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = ask().get("/v1/inventory/reasons")["reasons"]
    return found
