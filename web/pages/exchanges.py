"""Exchanges: what comes back pays for what goes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from fulfillment.exchanges.states import ExchangeStatus
from fulfillment.returns.states import ReturnReason
from web.pages.acting import Unfit, previewed, read_whole, tell, tell_refusal
from web.pages.asking import Refused, ask, only

_OFFICE: Final = (Role.CSR, Role.ADMIN)
_ON_A_PAGE: Final = 50
_GOODS_OUT: Final = 3
"""Rows of a form for what goes out."""

blueprint = Blueprint("exchanges", __name__)


@blueprint.get("/exchanges")
def show() -> str:
    """Show the exchanges, the latest first."""
    only(*_OFFICE)
    status = request.args.get("status", "")
    query = {"limit": _ON_A_PAGE, **({"status": status} if status in list(ExchangeStatus) else {})}
    found = ask().get("/v1/exchanges", query)["exchanges"]
    return render_template("exchanges.html", exchanges=found, statuses=list(ExchangeStatus), status=status)


@blueprint.get("/exchanges/<int:exchange_id>")
def show_one(exchange_id: int) -> str:
    """Show an exchange: its return, its new order, and the money."""
    only(*_OFFICE)
    return render_template("exchange.html", exchange=ask().get(f"/v1/exchanges/{exchange_id}"))


@blueprint.get("/orders/<number>/exchange")
def begin(number: str) -> str:
    """Ask what comes back and what goes out for it."""
    only(*_OFFICE)
    return _asked(number)


@blueprint.post("/orders/<number>/exchange")
def preview(number: str) -> ResponseReturnValue:
    """Show to the cent what the exchange would come to; where it is refused, what was entered stays."""
    only(*_OFFICE)
    try:
        headers = {"Idempotency-Key": request.form.get("key", "")}
        call = {"method": "POST", "path": "/v1/exchanges", "body": _wanted(number)}
        return previewed(call, headers=headers, title="Begin the exchange", back=url_for("order.show", number=number))
    except Unfit as unfit:
        tell("danger", str(unfit))
    except Refused as refused:
        tell_refusal(refused)
    return _asked(number)


def _asked(number: str) -> str:
    return render_template(
        "exchange_begin.html",
        number=number,
        lines=ask().get(f"/v1/orders/{number}/returnables")["lines"],
        reasons=list(ReturnReason),
        rows=range(_GOODS_OUT),
        entered=request.form,
    )


def _wanted(number: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "order": number,
        "back": list(_back()),
        "out": list(_out()),
        "notify_customer": request.form.get("notify") == "true",
        "policy": request.form.get("policy", "after_goods"),
    }
    return {**wanted, "note": note} if (note := request.form.get("note", "").strip()) else wanted


def _back() -> Iterator[dict[str, Any]]:
    for line_id in filter(str.isdigit, request.form.getlist("line")):
        if quantity := read_whole(request.form.get(f"quantity-{line_id}", "")):
            reason = request.form.get(f"reason-{line_id}", "other")
            yield {"line_id": int(line_id), "quantity": quantity, "reason": reason}


def _out() -> Iterator[dict[str, Any]]:
    for row in range(_GOODS_OUT):
        if sku := request.form.get(f"sku-{row}", "").strip():
            yield {"sku": sku, "quantity": read_whole(request.form.get(f"pieces-{row}", "")) or 1}
