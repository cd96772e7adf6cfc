"""The list of orders: narrowed as one types, with the columns one wants, and things done to many at once."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from fulfillment.orders.filter import SHOWN_STATUSES, Created
from web.pages.asking import Refused, ask, only

_FILTERS: Final = ("q", "number", "name", "customer_name", "email", "created", "created_from", "created_to", "archived")
_SEVERAL: Final = ("status", "market")
_STATUSES: Final = ("open", *SHOWN_STATUSES)
_STRETCHES: Final = tuple(Created)
COLUMNS: Final = (
    ("name", "Name"),
    ("customer_name", "Customer"),
    ("customer_email", "E-mail"),
    ("status", "Status"),
    ("payment_status", "Payment"),
    ("market", "Market"),
    ("total", "Total"),
    ("placed_at", "Created"),
    ("reference", "Reference"),
    ("invoice_number", "Invoice"),
    ("priority", "Priority"),
    ("covered_at", "Covered"),
    ("completed_at", "Completed"),
    ("canceled_at", "Canceled"),
)
_AT_FIRST: Final = ("customer_name", "status", "payment_status", "market", "total", "placed_at")
_ON_A_PAGE: Final = 25

blueprint = Blueprint("orders", __name__)


@blueprint.get("/orders")
def show() -> str:
    """Show a page of the orders that fit; the part alone that changes with every letter, where the page asks for that."""
    only(Role.CSR, Role.ADMIN)
    chosen = _chosen_columns()
    asked = {name: request.args[name].strip() for name in _FILTERS if request.args.get(name, "").strip()}
    several = {name: request.args.getlist(name) for name in _SEVERAL if request.args.getlist(name)}
    query = {**asked, **several, "columns": ",".join(chosen), "limit": _ON_A_PAGE}
    if cursor := request.args.get("cursor"):
        query["cursor"] = cursor
    listed, refused = _listed(query)
    shown = {
        "orders": listed["orders"],
        "following": _following(listed["next"]),
        "refused": refused,
        "columns": [(name, label) for name, label in COLUMNS if name in chosen],
        "filtered": bool(asked or several),
    }
    if request.headers.get("X-Part") == "list":
        return render_template("orders_list.html", **shown)
    markets = [each["code"] for each in ask().every("/v1/markets", "markets")]
    return render_template(
        "orders.html",
        markets=markets,
        statuses=_STATUSES,
        stretches=_STRETCHES,
        every_column=COLUMNS,
        chosen=chosen,
        **shown,
    )


@blueprint.post("/orders/columns")
def choose_columns() -> ResponseReturnValue:
    """Remember which columns somebody wants."""
    known = [name for name, _ in COLUMNS]
    session["columns"] = [name for name in request.form.getlist("column") if name in known] or list(_AT_FIRST)
    return redirect(url_for("orders.show"), 303)


@blueprint.post("/orders/bulk")
def act_on_many() -> ResponseReturnValue:
    """Do one thing to all that were chosen, and follow it."""
    numbers = [each for each in request.form.get("numbers", "").split(",") if each]
    body: dict[str, Any] = {"action": request.form.get("action", ""), "numbers": numbers}
    if reason := request.form.get("reason", "").strip():
        body["reason"] = reason
    if body["action"] == "cancel":
        body["notify_customer"] = request.form.get("notify") == "true"
    made = ask().send("POST", "/v1/bulk", body, headers={"Idempotency-Key": request.form.get("key", "")}).body
    return redirect(url_for("acting.show_operation", operation_id=made["id"], back=url_for("orders.show")), 303)


def _chosen_columns() -> list[str]:
    known = [name for name, _ in COLUMNS]
    return [name for name in session.get("columns", _AT_FIRST) if name in known]


def _listed(query: dict[str, Any]) -> tuple[dict[str, Any], Refused | None]:
    """Give the page, or an empty one and why: a filter that is not typed to its end is no failure."""
    try:
        return ask().get("/v1/orders", query), None
    except Refused as refused:
        if refused.status != 422:  # noqa: PLR2004 - what was asked for cannot be
            raise
        return {"orders": [], "next": None}, refused


def _following(link: str | None) -> str | None:
    """Make the API's link to the next page one of ours."""
    if link is None:
        return None
    cursor = next(part for part in link.partition("?")[2].split("&") if part.startswith("cursor="))
    kept = [part for part in request.query_string.decode().split("&") if part and not part.startswith("cursor=")]
    return f"{url_for('orders.show')}?{'&'.join([*kept, cursor])}"
