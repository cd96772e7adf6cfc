"""One order: what it waits for and what helps, what is in it, its money, and all that happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Blueprint, render_template

from fulfillment.access.models import Role
from fulfillment.shipments.states import DeliveryState
from web.pages.asking import Refused, ask, only
from web.pages.naming import names_of
from web.pages.shown import words

LABELS: Final = {
    "cancel": "Cancel order",
    "hold": "Hold",
    "release_hold": "Release hold",
    "edit": "Edit",
    "delete": "Delete",
    "archive": "Archive",
    "add_payment": "Record payment",
    "write_off": "Write off",
    "release": "Release",
    "add_to_picklist": "Add to picklist",
    "complete": "Complete",
    "split": "Split",
    "capture": "Capture",
    "refund": "Refund",
    "void": "Void",
    "place": "Create order",
    "return": "Return items",
}

AS_IT_IS: Final = ("release_hold", "archive", "release", "add_to_picklist", "complete", "void", "place")
"""What needs nothing to be entered: the call that the explanation gives is made as it is. Of all others it is an example."""

HELPS: Final = {
    "release": "Release",
    "picklists": "Add to picklist",
    "confirmation": "They lie there again",
    "replay": "Replay",
    "placement": "Create order",
    "sync": "Sync payments",
}
"""By the end of its path, what a call that helps is called: those that need nothing to be entered."""

blueprint = Blueprint("order", __name__)


@blueprint.get("/orders/<number>")
def show(number: str) -> str:
    """Show an order."""
    only(Role.CSR, Role.ADMIN)
    path = f"/v1/orders/{number}"
    order = ask().get(path)
    explained = ask().get(f"{path}/explanation")
    by_subject = _by_subject(explained["actions"])
    return render_template(
        "order.html",
        order=order,
        explained=explained,
        actions=by_subject,
        labels=LABELS,
        as_it_is=AS_IT_IS,
        helps=HELPS,
        timeline=ask().every(f"{path}/timeline", "entries", {"limit": 200})[::-1],
        notes=ask().get(f"{path}/notes")["notes"],
        returns=ask().get("/v1/returns", {"order": number})["returns"] if order["shipments"] else [],
        named=names_of(order),
        states=_states(),
        delivery_states=[(str(each), words(each)) for each in DeliveryState],
    )


def _by_subject(actions: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], list[Mapping[str, Any]]]:
    """Give the actions by what they are about: the order, a shipment, a payment, a hold."""
    found: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for action in actions:
        of = ("order", 0) if action["subject"] == "order" else (action["subject"], action["subject_id"])
        found.setdefault(of, []).append(action)
    return found


def _states() -> list[str]:
    """Give the states that may be set by name, as the active configuration has them."""
    try:
        configurations = ask().get("/v1/order-configurations")["order_configurations"]
    except Refused:
        return []
    active = next((each for each in configurations if each["active"]), None)
    return [each["name"] for each in active["states"]] if active else []
