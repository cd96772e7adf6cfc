"""Transfers: goods on their way from one warehouse to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import Unfit, read_whole, tell, tell_refusal
from web.pages.asking import Refused, ask, only

_FLOOR: Final = (Role.WAREHOUSE, Role.ADMIN)
_ON_A_PAGE: Final = 50
_LINES: Final = 3
"""Rows of the form for what is to go."""

blueprint = Blueprint("transfers", __name__, url_prefix="/floor/transfers")


@blueprint.get("/")
def show() -> str:
    """Show the transfers, the latest first, and ask for another."""
    only(*_FLOOR)
    return render_template(
        "transfers.html",
        transfers=ask().get("/v1/transfers", {"limit": _ON_A_PAGE})["transfers"],
        warehouses=[each["code"] for each in ask().every("/v1/warehouses", "warehouses")],
        rows=range(_LINES),
    )


@blueprint.get("/<int:transfer_id>")
def show_one(transfer_id: int) -> str:
    """Show a transfer: what left, what came, what is on the way."""
    only(*_FLOOR)
    transfer = ask().get(f"/v1/transfers/{transfer_id}")
    return render_template(
        "transfer.html", transfer=transfer, bodies=[{"sku": line["sku"]} for line in transfer["lines"]]
    )


@blueprint.post("/")
def begin() -> ResponseReturnValue:
    """Ask for a transfer, and go there."""
    only(*_FLOOR)
    try:
        body: dict[str, Any] = {name: request.form.get(name, "") for name in ("from", "to")}
        body |= {"lines": list(_lines())}
        if note := request.form.get("note", "").strip():
            body["note"] = note
        headers = {"Idempotency-Key": request.form.get("key", "")}
        made = ask().send("POST", "/v1/transfers", body, headers=headers).body
    except Unfit as unfit:
        tell("danger", str(unfit))
    except Refused as refused:
        tell_refusal(refused)
    else:
        return redirect(url_for(".show_one", transfer_id=made["id"]), 303)
    return redirect(url_for(".show"), 303)


def _lines() -> Iterator[dict[str, Any]]:
    for row in range(_LINES):
        if sku := request.form.get(f"sku-{row}", "").strip():
            yield {"sku": sku, "quantity": read_whole(request.form.get(f"pieces-{row}", "")) or 1}
