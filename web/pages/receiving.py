"""Goods in: deliveries that are expected, and receipts by scan."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import tell, tell_refusal
from web.pages.asking import Refused, ask, only

_FLOOR: Final = (Role.WAREHOUSE, Role.ADMIN)
_ON_A_PAGE: Final = 100

blueprint = Blueprint("receiving", __name__, url_prefix="/floor/receiving")


@blueprint.get("/")
def show() -> str:
    """Show what is expected, and take scans of what came."""
    only(*_FLOOR)
    deliveries = ask().get("/v1/inbound-deliveries", {"limit": _ON_A_PAGE})["inbound_deliveries"]
    return render_template(
        "receiving.html",
        deliveries=[each for each in deliveries if each["ended_at"] is None],
        warehouses=[each["code"] for each in ask().every("/v1/warehouses", "warehouses")],
        warehouse=session.get("warehouse"),
    )


@blueprint.get("/deliveries/<int:delivery_id>")
def show_delivery(delivery_id: int) -> str:
    """Show a delivery: what is still to come of it."""
    only(*_FLOOR)
    return render_template("delivery.html", delivery=ask().get(f"/v1/inbound-deliveries/{delivery_id}"))


@blueprint.post("/")
def receive() -> ResponseReturnValue:
    """Take in what was scanned; the warehouse is remembered for the next scan."""
    only(*_FLOOR)
    session["warehouse"] = request.form.get("warehouse", "")
    line: dict[str, Any] = {"sku": request.form.get("code", "").strip()}
    if (quantity := request.form.get("quantity", "")).isdigit():
        line["quantity"] = int(quantity)
    if bin_code := request.form.get("bin", "").strip():
        line["bin"] = bin_code
    body = {"warehouse": session["warehouse"], "lines": [line]}
    try:
        ask().send("POST", "/v1/inventory/receipts", body, headers={"Idempotency-Key": request.form.get("key", "")})
    except Refused as refused:
        tell_refusal(refused)
    else:
        tell("success", f"{line.get('quantity')} × {line['sku']} taken in")
    return redirect(url_for(".show"), 303)
