"""The engine room: what failed for good, what nobody knows the outcome of, and how far the work is behind."""

from __future__ import annotations

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from web.pages.asking import ask, only

_AT_ONCE = 100

blueprint = Blueprint("engine_room", __name__)


@blueprint.get("/engine-room")
def show() -> str:
    """Show what needs an operator."""
    only(Role.ADMIN)
    return render_template(
        "engine_room.html",
        ready=ask().get("/readyz"),
        dead_letters=ask().get("/v1/dead-letters", {"limit": _AT_ONCE})["dead_letters"],
        attempts=ask().get("/v1/payment-attempts", {"limit": _AT_ONCE})["attempts"],
    )
