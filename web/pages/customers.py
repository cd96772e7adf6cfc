"""Customers: found by a part of their name or by their e-mail address, with their address book and orders."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, render_template, request

from fulfillment.access.models import Role
from web.pages.asking import Refused, ask, only

_ON_A_PAGE = 25

blueprint = Blueprint("customers", __name__)


@blueprint.get("/customers")
def show() -> str:
    """Show the customers that fit what was typed."""
    only(Role.CSR, Role.ADMIN)
    wanted = request.args.get("q", "").strip()
    query: dict[str, Any] = {"limit": _ON_A_PAGE}
    if wanted:
        query["email" if "@" in wanted else "q"] = wanted
    refused = None
    try:
        customers = ask().get("/v1/customers", query)["customers"]
    except Refused as why:
        customers, refused = [], why
    name = "customers_list.html" if request.headers.get("X-Part") == "list" else "customers.html"
    return render_template(name, customers=customers, refused=refused, wanted=wanted)


@blueprint.get("/customers/<int:customer_id>")
def show_one(customer_id: int) -> str:
    """Show a customer with the address book and the latest orders."""
    only(Role.CSR, Role.ADMIN)
    customer = ask().get(f"/v1/customers/{customer_id}")
    orders = (
        ask().get("/v1/orders", {"email": customer["email"], "limit": _ON_A_PAGE})["orders"]
        if customer["email"]
        else []
    )
    return render_template("customer.html", customer=customer, orders=orders)


@blueprint.get("/customers/<int:customer_id>/export")
def export(customer_id: int) -> Response:
    """Give everything that is held about a customer, as a file."""
    only(Role.CSR, Role.ADMIN)
    held = ask().get(f"/v1/customers/{customer_id}/export")
    named = {"Content-Disposition": f'attachment; filename="customer-{customer_id}.json"'}
    return Response(json.dumps(held, indent=2, ensure_ascii=False), 200, named, mimetype="application/json")


@blueprint.get("/customers/<int:customer_id>/erasure")
def ask_to_erase(customer_id: int) -> str:
    """Say what would be lost, and ask whether that is meant."""
    only(Role.ADMIN)
    customer = ask().get(f"/v1/customers/{customer_id}")
    found = ask().get(f"/v1/customers/{customer_id}/export")
    held = [(table, len(rows)) for table, rows in found["held"].items() if rows]
    return render_template("customer_erasure.html", customer=customer, orders=found["orders"], held=held)
