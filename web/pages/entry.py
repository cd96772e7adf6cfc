"""Entering an order step by step: the contact, the items, where they go, the review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.asking import Refused, ask, only

STEPS: Final[tuple[tuple[str, str], ...]] = (("items", "Items"), ("shipping", "Shipping"), ("review", "Review"))
_FOUND_AT_MOST: Final = 20
_SHORTEST_SEARCH: Final = 3

blueprint = Blueprint("entry", __name__, url_prefix="/entry")


@blueprint.get("/")
def begin() -> str:
    """Ask for the market and the contact: one that is found, or a new one."""
    only(Role.CSR, Role.ADMIN)
    wanted = request.args.get("q", "").strip()
    markets = [each["code"] for each in ask().every("/v1/markets", "markets")]
    shown = {"customers": _customers(wanted), "wanted": wanted, "markets": markets}
    if request.headers.get("X-Part") == "list":
        return render_template("entry_contacts.html", **shown)
    return render_template("entry_contact.html", **shown)


@blueprint.get("/<number>")
def go_on(number: str) -> ResponseReturnValue:
    """Go to the first step that is not done."""
    draft = _draft(number)
    if not draft["lines"]:
        step = "items"
    elif draft["needs_shipping"] and not all(each["shipping_method"] for each in draft["destinations"]):
        step = "shipping"
    else:
        step = "review"
    return redirect(url_for(".show", number=number, step=step), 303)


@blueprint.get("/<number>/<step>")
def show(number: str, step: str) -> ResponseReturnValue:
    """Show a step. One without anything to ship has no shipping step."""
    only(Role.CSR, Role.ADMIN)
    draft = _draft(number)
    steps = [each for each in STEPS if each[0] != "shipping" or draft["needs_shipping"]]
    if step not in dict(steps):
        return redirect(url_for(".go_on", number=number), 303)
    names = [name for name, _ in steps]
    following = names[names.index(step) + 1] if names.index(step) + 1 < len(names) else None
    if request.headers.get("X-Part") == "list":
        return render_template("entry_products.html", draft=draft, products=_products(draft))
    return render_template(
        f"entry_{step}.html",
        draft=draft,
        step=step,
        steps=steps,
        following=following,
        currency=_currency(draft),
        products=_products(draft) if step == "items" else [],
        methods=_methods(draft) if step == "shipping" else [],
        addresses=_addresses(draft) if step == "shipping" else [],
    )


def _draft(number: str) -> Mapping[str, Any]:
    draft: Mapping[str, Any] = ask().get(f"/v1/orders/{number}/review")
    return draft


def _customers(wanted: str) -> list[Mapping[str, Any]]:
    if "@" not in wanted and len(wanted) < _SHORTEST_SEARCH:
        return []
    try:
        found: list[Mapping[str, Any]] = ask().get(
            "/v1/customers", {"email" if "@" in wanted else "q": wanted, "limit": _FOUND_AT_MOST}
        )["customers"]
    except Refused:
        return []  # an e-mail address that is not typed to its end
    return found


def _products(draft: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    wanted = request.args.get("q", "").strip()
    if len(wanted) < _SHORTEST_SEARCH:
        return []
    found = ask().get("/v1/products", {"q": wanted, "limit": _FOUND_AT_MOST})["products"]
    currency = _currency(draft)
    return [each for each in found if each["price"] and each["price"]["currency"] == currency]


def _methods(draft: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = ask().every(
        "/v1/shipping-methods", "shipping_methods", {"market": draft["market"]}
    )
    return found


def _addresses(draft: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    customer_id = draft["customer"]["id"]
    if customer_id is None:
        return []
    book: list[Mapping[str, Any]] = ask().get(f"/v1/customers/{customer_id}")["addresses"]
    return [entry["address"] for entry in book]


def _currency(draft: Mapping[str, Any]) -> str:
    currency: str = draft["discount"]["currency"]
    return currency
