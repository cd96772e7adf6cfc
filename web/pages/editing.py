"""Editing a placed order: all that differs from what was shown is one change, and is shown before it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import Unfit, previewed, read_money, read_whole, tell, tell_refusal
from web.pages.asking import Refused, ask, only

ADDRESS: Final = ("name", "line1", "line2", "postal_code", "city", "region", "country")
_CLOSED: Final = ("shipped", "canceled")

blueprint = Blueprint("editing", __name__, url_prefix="/orders/<number>")


@blueprint.get("/edit")
def show(number: str) -> str:
    """Show all of an order that can be changed, to be changed."""
    only(Role.CSR, Role.ADMIN)
    return _shown(number, ask().get(f"/v1/orders/{number}"))


@blueprint.post("/edit")
def preview(number: str) -> ResponseReturnValue:
    """Show what the change would do; where it is refused, what was entered stays."""
    only(Role.CSR, Role.ADMIN)
    order = ask().get(f"/v1/orders/{number}")
    try:
        if body := dict(_differing(order)):
            call = {"method": "PATCH", "path": f"/v1/orders/{number}", "body": body}
            headers = {"If-Match": request.form.get("if_match", "")}
            return previewed(call, headers=headers, title=f"Change {number}", back=_page_of(number))
        tell("danger", "Nothing differs from what it is")
    except Unfit as unfit:
        tell("danger", str(unfit))
    except Refused as refused:
        tell_refusal(refused)
    return _shown(number, order)


@blueprint.post("/shipments/<int:shipment_id>/split")
def split(number: str, shipment_id: int) -> ResponseReturnValue:
    """Show what it would do to let some pieces travel by themselves."""
    only(Role.CSR, Role.ADMIN)
    try:
        chosen = [
            {"line_id": int(line_id), "quantity": quantity}
            for line_id in request.form.getlist("line")
            if (quantity := read_whole(request.form.get(f"quantity-{line_id}", "")))
        ]
        call = {"method": "POST", "path": f"/v1/shipments/{shipment_id}/split", "body": {"lines": chosen}}
        headers = {"Idempotency-Key": request.form.get("key", "")}
        return previewed(call, headers=headers, title="Split", back=_page_of(number))
    except Unfit as unfit:
        tell("danger", str(unfit))
    except Refused as refused:
        tell_refusal(refused)
    return redirect(_page_of(number), 303)


def _shown(number: str, order: Mapping[str, Any]) -> str:
    methods = ask().every("/v1/shipping-methods", "shipping_methods", {"market": order["market"]})
    return render_template(
        "order_edit.html",
        number=number,
        order=order,
        shipments=_open(order),
        methods=methods,
        parts=ADDRESS,
        entered=request.form,
    )


def _open(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in order["shipments"] if each["status"] not in _CLOSED]


def _differing(order: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the members of an edit whose fields differ from the order; nothing else is sent."""
    lines = [line for shipment in _open(order) for line in shipment["lines"]]
    removed = [line["id"] for line in lines if request.form.get(f"remove-{line['id']}")]
    members = {
        "shipments": _addresses(order),
        "shipping_methods": _methods(order),
        "lines": [
            {"id": line["id"], **changed}
            for line in lines
            if line["id"] not in removed and (changed := dict(_line(line)))
        ],
        "remove_lines": removed,
        "add_lines": [dict(_added())] if _said("new-sku") else [],
    }
    yield from ((name, value) for name, value in members.items() if value)
    if (discount := read_money(_said("discount"))) is not None:
        yield "discount", discount
    if (reference := _said("reference")) != (order["reference"] or ""):
        yield "reference", reference or None


def _addresses(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    changed: list[Mapping[str, Any]] = []
    for shipment in _open(order):
        was = {part: value for part in ADDRESS if (value := (shipment["ship_to"] or {}).get(part))}
        now = {part: value for part in ADDRESS if (value := _said(f"to-{shipment['id']}-{part}"))}
        if now != was:
            in_book = bool(request.form.get(f"book-{shipment['id']}"))
            changed.append({"id": shipment["id"], "ship_to": now, "add_to_address_book": in_book})
    return changed


def _methods(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        {"shipping_method": method, "line_ids": [line["id"] for line in shipment["lines"]]}
        for shipment in _open(order)
        if (method := _said(f"method-{shipment['id']}")) and method != shipment["shipping_method"]
    ]


def _line(line: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    quantity = read_whole(_said(f"quantity-{line['id']}"))
    if quantity is not None and quantity != line["quantity"]:
        yield "quantity", quantity
    price = read_money(_said(f"price-{line['id']}"))
    if price is not None and price != line["price"]:
        yield "price", price


def _added() -> Iterator[tuple[str, Any]]:
    yield "sku", _said("new-sku")
    yield "quantity", read_whole(_said("new-quantity")) or 1
    if (price := read_money(_said("new-price"))) is not None:
        yield "price", price


def _said(name: str) -> str:
    return request.form.get(name, "").strip()


def _page_of(number: str) -> str:
    return url_for("order.show", number=number)
