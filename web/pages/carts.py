"""Carts: what customers have collected, and making an order of it by hand."""

from __future__ import annotations

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from web.pages.asking import ask, only

_ON_A_PAGE = 50

blueprint = Blueprint("carts", __name__)


@blueprint.get("/carts")
def show() -> str:
    """Show the carts, the latest touched first."""
    only(Role.CSR, Role.ADMIN)
    return render_template("carts.html", carts=ask().get("/v1/carts", {"limit": _ON_A_PAGE})["carts"])


@blueprint.get("/carts/<int:cart_id>")
def show_one(cart_id: int) -> str:
    """Show a cart, priced with the catalog of now."""
    only(Role.CSR, Role.ADMIN)
    return render_template("cart.html", cart=ask().get(f"/v1/carts/{cart_id}"))
