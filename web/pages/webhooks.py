"""Webhooks: who is told what happens to orders, what they answered, and telling it again."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from fulfillment.process import TOLD
from fulfillment.webhooks.states import DeliveryStatus
from web.pages.acting import tell_refusal
from web.pages.asking import Refused, ask, only

_ON_A_PAGE: Final = 50
_PATH: Final = "/v1/webhook-endpoints"

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@blueprint.get("/")
def show() -> str:
    """Show who is told, and have another told."""
    only(Role.ADMIN)
    return render_template("webhooks.html", endpoints=ask().every(_PATH, "webhook_endpoints"), events=sorted(TOLD))


@blueprint.post("/")
def subscribe() -> ResponseReturnValue:
    """Have an address told from now on; its secret is shown in the answer, and nowhere else."""
    only(Role.ADMIN)
    body: dict[str, Any] = {"url": request.form.get("url", "").strip()}
    if events := request.form.get("events", "").replace(",", " ").split():
        body["events"] = events
    if description := request.form.get("description", "").strip():
        body["description"] = description
    return _with_secret(_PATH, body, url_for(".show"))


@blueprint.post("/<int:endpoint_id>/secret")
def change_secret(endpoint_id: int) -> ResponseReturnValue:
    """Give an endpoint another secret, which is shown this once."""
    only(Role.ADMIN)
    return _with_secret(f"{_PATH}/{endpoint_id}/secret", {}, url_for(".show_one", endpoint_id=endpoint_id))


@blueprint.get("/<int:endpoint_id>")
def show_one(endpoint_id: int) -> str:
    """Show an endpoint and the log of what it was told."""
    only(Role.ADMIN)
    status = request.args.get("status", "")
    query: dict[str, Any] = {"endpoint_id": endpoint_id, "limit": _ON_A_PAGE}
    if status in list(DeliveryStatus):
        query["status"] = status
    if cursor := request.args.get("cursor"):
        query["cursor"] = cursor
    deliveries = ask().get("/v1/webhook-deliveries", query)
    return render_template(
        "webhook.html",
        endpoint=ask().get(f"{_PATH}/{endpoint_id}"),
        deliveries=deliveries["webhook_deliveries"],
        following=_cursor_of(deliveries["next"]),
        statuses=list(DeliveryStatus),
        status=status,
    )


@blueprint.get("/deliveries/<int:delivery_id>")
def show_delivery(delivery_id: int) -> str:
    """Show what is told of one event, and every attempt."""
    only(Role.ADMIN)
    delivery = ask().get(f"/v1/webhook-deliveries/{delivery_id}")
    payload = json.dumps(delivery["payload"], indent=2, ensure_ascii=False)
    return render_template("webhook_delivery.html", delivery=delivery, payload=payload)


def _with_secret(path: str, body: Any, back: str) -> ResponseReturnValue:
    try:
        made = ask().send("POST", path, body, headers={"Idempotency-Key": request.form.get("key", "")}).body
    except Refused as refused:
        tell_refusal(refused)
        return redirect(back, 303)
    return render_template("webhook_secret.html", endpoint=made)


def _cursor_of(following: str | None) -> str | None:
    """Give where the next page of the API's list begins."""
    return None if following is None else str(httpx.URL(following).params["cursor"])
