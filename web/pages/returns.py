"""Returns: begun by customer service, received with a scanner, decided, and paid back."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from fulfillment.returns.states import Condition, Disposition, ReturnReason
from web.pages.asking import ask, only

_ALL: Final = (Role.CSR, Role.WAREHOUSE, Role.ADMIN)
_WAITS: Final = ("goods", "decision", "completion")
_ON_A_PAGE: Final = 100

blueprint = Blueprint("returns", __name__)


@blueprint.get("/returns")
def show() -> str:
    """Show the returns, or those that wait for something."""
    only(*_ALL)
    waits_for = request.args.get("waits_for", "")
    query = {"limit": _ON_A_PAGE, **({"waits_for": waits_for} if waits_for in _WAITS else {})}
    return render_template(
        "returns.html", returns=ask().get("/v1/returns", query)["returns"], waits=_WAITS, waits_for=waits_for
    )


@blueprint.get("/returns/<int:return_id>")
def show_one(return_id: int) -> str:
    """Show a return: what is still to come, what came, and what became of it."""
    only(*_ALL)
    return render_template(
        "return.html",
        returned=ask().get(f"/v1/returns/{return_id}"),
        conditions=[(str(each), str(each)) for each in Condition],
        dispositions=[(str(each), str(each)) for each in Disposition],
        warehouses=[each["code"] for each in ask().every("/v1/warehouses", "warehouses")],
    )


@blueprint.get("/orders/<number>/return")
def begin(number: str) -> str:
    """Ask which pieces of an order are to come back, and why; the rest says why it may not."""
    only(Role.CSR, Role.ADMIN)
    return render_template(
        "return_begin.html",
        number=number,
        lines=ask().get(f"/v1/orders/{number}/returnables")["lines"],
        reasons=[(str(each), str(each)) for each in ReturnReason],
    )


@blueprint.post("/orders/<number>/return")
def authorize(number: str) -> ResponseReturnValue:
    """Authorize what was chosen, and go there."""
    only(Role.CSR, Role.ADMIN)
    chosen: list[dict[str, Any]] = [
        {"line_id": int(line_id), "quantity": int(quantity), "reason": request.form.get(f"reason-{line_id}", "other")}
        for line_id in request.form.getlist("line")
        if line_id.isdigit() and (quantity := request.form.get(f"quantity-{line_id}", "")).isdigit() and int(quantity)
    ]
    body: dict[str, Any] = {
        "order": number,
        "lines": chosen,
        "notify_customer": request.form.get("notify") == "true",
    }
    if note := request.form.get("note", "").strip():
        body["note"] = note
    made = ask().send("POST", "/v1/returns", body, headers={"Idempotency-Key": request.form.get("key", "")}).body
    return redirect(url_for(".show_one", return_id=made["id"]), 303)
