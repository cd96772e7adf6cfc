"""Promotions: what counts when, how often it was used, and new ones."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from web.pages.asking import ask, only

_OFFICE: Final = (Role.CSR, Role.ADMIN)

blueprint = Blueprint("promotions", __name__)


@blueprint.get("/promotions")
def show() -> str:
    """Show all promotions; an admin adds further ones."""
    only(*_OFFICE)
    markets = ask().every("/v1/markets", "markets")
    return render_template(
        "promotions.html",
        promotions=ask().every("/v1/promotions", "promotions"),
        currencies=sorted({each["currency"] for each in markets}),
        markets=[each["code"] for each in markets],
    )
