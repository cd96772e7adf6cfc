"""Subscriptions: orders that are repeated on a schedule, and what keeps one from being repeated."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from fulfillment.subscriptions.schedule import Unit
from fulfillment.subscriptions.states import SubscriptionStatus
from web.pages.acting import Unfit, read_whole, tell, tell_refusal
from web.pages.asking import Refused, ask, only

_OFFICE: Final = (Role.CSR, Role.ADMIN)
_ON_A_PAGE: Final = 50

blueprint = Blueprint("subscriptions", __name__)


@blueprint.get("/subscriptions")
def show() -> str:
    """Show the subscriptions, or those of one status."""
    only(*_OFFICE)
    status = request.args.get("status", "")
    query = {"limit": _ON_A_PAGE, **({"status": status} if status in list(SubscriptionStatus) else {})}
    found = ask().get("/v1/subscriptions", query)["subscriptions"]
    return render_template("subscriptions.html", subscriptions=found, statuses=list(SubscriptionStatus), status=status)


@blueprint.get("/subscriptions/<int:subscription_id>")
def show_one(subscription_id: int) -> str:
    """Show a subscription with the orders it made, and what it waits for."""
    only(*_OFFICE)
    return render_template("subscription.html", subscription=ask().get(f"/v1/subscriptions/{subscription_id}"))


@blueprint.get("/orders/<number>/subscription")
def begin(number: str) -> str:
    """Ask how often an order is to be repeated, and who pays."""
    only(*_OFFICE)
    return _asked(number)


@blueprint.post("/orders/<number>/subscription")
def subscribe(number: str) -> ResponseReturnValue:
    """Repeat an order; where that is refused, what was entered stays."""
    only(*_OFFICE)
    try:
        headers = {"Idempotency-Key": request.form.get("key", "")}
        made = ask().send("POST", "/v1/subscriptions", _wanted(number), headers=headers).body
    except Unfit as unfit:
        tell("danger", str(unfit))
    except Refused as refused:
        tell_refusal(refused)
    else:
        tell("success", "The order is repeated from now on.")
        return redirect(url_for(".show_one", subscription_id=made["id"]), 303)
    return _asked(number)


def _asked(number: str) -> str:
    order = ask().get(f"/v1/orders/{number}")
    return render_template("subscription_begin.html", order=order, units=list(Unit), entered=request.form)


def _wanted(number: str) -> dict[str, Any]:
    unit = request.form.get("unit", "")
    wanted: dict[str, Any] = {
        "order": number,
        "every": {unit if unit in list(Unit) else Unit.MONTHS: read_whole(request.form.get("times", ""))},
    }
    given = {name: request.form.get(name, "").strip() for name in ("starts_on", "ends_on", "token")}
    return {**wanted, **{name: value for name, value in given.items() if value}}
