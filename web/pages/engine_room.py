"""The engine room: what failed for good, what nobody knows the outcome of, how far the work is behind, and how it gets on."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from web.pages.asking import ask, only
from web.pages.plots import HEIGHT, WIDTH, latency, throughput

_AT_ONCE: Final = 100

blueprint = Blueprint("engine_room", __name__)


@blueprint.get("/engine-room")
def show() -> str:
    """Show what needs an operator."""
    only(Role.ADMIN)
    figures = ask().get("/v1/figures")
    hours = figures["hours"]
    return render_template(
        "engine_room.html",
        ready=ask().get("/readyz"),
        alarms=ask().get("/v1/alarms")["alarms"],
        figures=figures,
        plots=[
            ("Orders of the last 24 hours", "placed, of them completed by now", throughput(hours), ""),
            ("Until an order is covered", "95 percent, and half of them", latency(hours, "to_cover"), "seconds"),
            ("Until an order is completed", "95 percent, and half of them", latency(hours, "to_complete"), "seconds"),
        ],
        size=(WIDTH, HEIGHT),
        dead_letters=ask().get("/v1/dead-letters", {"limit": _AT_ONCE})["dead_letters"],
        attempts=ask().get("/v1/payment-attempts", {"limit": _AT_ONCE})["attempts"],
        labels=ask().get("/v1/labels", {"limit": _AT_ONCE, "for_a_person": "true"})["labels"],
    )
