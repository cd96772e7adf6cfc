"""A packing bench whose parcels want labels."""

from __future__ import annotations

from typing import Any

from api_client import Caller
from builders import Shop, one, rows, work_off
from sqlalchemy import text


def bound(shop: Shop, *services: str, buys: str = "on_request", label_required: bool = False) -> None:
    """A method `post` that goes by the simulated carrier, and a warehouse A of which the country is known."""
    with shop.services.transaction() as session:
        session.execute(text("UPDATE warehouse SET country = 'GB', postal_code = 'EH6 6AA' WHERE code = 'A'"))
        session.execute(text("INSERT INTO shipping_method (code, name) VALUES ('post', 'Post') ON CONFLICT DO NOTHING"))
        session.execute(
            text(
                "INSERT INTO shipping_carrier (method, carrier, services, buys, label_required)"
                " VALUES ('post', 'simulated', to_jsonb(CAST(:services AS text[])), :buys, :label_required)"
            ),
            {"services": list(services or ("standard",)), "buys": buys, "label_required": label_required},
        )


def a_parcel(shop: Shop, warehouse: Caller, pieces: int = 2, *, weight_grams: int | None = 700) -> tuple[int, str]:
    """A shipment in packing by `post`, all of it in one parcel: its id, and the path of the parcel."""
    if "MUG" not in shop.products:
        shop.sells("MUG", A=50)
    placed = shop.up_to("packing", ("MUG", pieces), shipping_method="post")
    [shipment] = shop.shipments(placed.id)
    body: dict[str, Any] = {"items": [{"code": "MUG", "quantity": pieces}]}
    if weight_grams is not None:
        body["weight_grams"] = weight_grams
    return shipment, warehouse.post(f"/v1/shipments/{shipment}/parcels", body).headers["Location"]


def labels(shop: Shop) -> list[tuple[Any, ...]]:
    """Every label in the order in which it was asked for: status, number, whether it is wanted."""
    return rows(
        shop.services, "SELECT status, tracking_number, unwanted_at IS NULL FROM label ORDER BY created_at, status, key"
    )


def ended(shop: Shop, caller: Caller, path: str, body: dict[str, Any] | None = None) -> tuple[str, list[str]]:
    """Ask for something that steps do, and see how it ended: the status of its operation, and the guards that refused."""
    asked = caller.post(path, body or {})
    assert asked.status_code == 202, asked.json
    work_off(shop.services)
    operation = caller.get(asked.headers["Location"]).json
    return operation["status"], [each["guard"] for each in operation["problems"]]


def number_of(shop: Shop, path: str) -> str | None:
    """The tracking number of a parcel, by its path."""
    return one(shop.services, "SELECT tracking_number FROM parcel WHERE id = :id", id=int(path.rsplit("/", 1)[1]))
