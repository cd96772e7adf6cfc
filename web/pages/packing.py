"""The packing bench: what was picked goes into parcels by scan, each with its weight, and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import tell, tell_refusal
from web.pages.asking import Refused, ask, only

_FLOOR: Final = (Role.WAREHOUSE, Role.ADMIN)

blueprint = Blueprint("packing", __name__, url_prefix="/floor/packing")


@blueprint.get("/<int:shipment_id>")
def show(shipment_id: int) -> str:
    """Show the parcels of a shipment, and what is in none of them yet."""
    only(*_FLOOR)
    packed = ask().get(f"/v1/shipments/{shipment_id}/parcels")
    chosen = request.args.get("parcel", "")
    parcels = packed["parcels"]
    current = next((each for each in parcels if str(each["id"]) == chosen), parcels[-1] if parcels else None)
    return render_template(
        "packing.html",
        shipment=ask().get(f"/v1/shipments/{shipment_id}"),
        parcels=parcels,
        to_pack=packed["to_pack"],
        current=current,
        labels={each["id"]: _label(each["id"]) for each in parcels},
    )


@blueprint.get("/<int:shipment_id>/rates")
def show_rates(shipment_id: int) -> str:
    """Show what the carrier's services would cost; each may be bought."""
    only(*_FLOOR)
    return render_template(
        "rates.html",
        shipment=ask().get(f"/v1/shipments/{shipment_id}"),
        rates=ask().get(f"/v1/shipments/{shipment_id}/rates"),
    )


def _label(parcel_id: int) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = ask().get(f"/v1/parcels/{parcel_id}/label")
    except Refused:
        return None  # it never had one
    return found


@blueprint.post("/<int:shipment_id>/scan")
def scan(shipment_id: int) -> ResponseReturnValue:
    """Put what was scanned into the parcel that is open; the first scan opens one."""
    only(*_FLOOR)
    item: dict[str, Any] = {"code": request.form.get("code", "").strip()}
    if (quantity := request.form.get("quantity", "1")).isdigit():
        item["quantity"] = int(quantity)
    parcel = request.form.get("parcel", "")
    path = f"/v1/parcels/{parcel}/items" if parcel.isdigit() else f"/v1/shipments/{shipment_id}/parcels"
    try:
        ask().send("POST", path, {"items": [item]}, headers={"Idempotency-Key": request.form.get("key", "")})
    except Refused as refused:
        tell_refusal(refused)
    else:
        tell("success", f"{item.get('quantity', 1)} × {item['code']} packed")
    return redirect(url_for(".show", shipment_id=shipment_id, parcel=parcel or None), 303)
