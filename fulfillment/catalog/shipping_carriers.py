"""Shipping carriers: which carrier sells the labels of a shipping method, by which of its services, and when."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.catalog.models import Buys
from fulfillment.kernel.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Binding:
    """
    The carrier of a method. It goes by one of `services`: of several the cheapest, of two alike the first.

    With `label_required` nothing leaves without a label.
    """

    carrier: str
    services: Sequence[str]
    buys: Buys = Buys.ON_REQUEST
    label_required: bool = False


_METHOD = text("SELECT code FROM shipping_method WHERE code = :code FOR NO KEY UPDATE")
_BIND = text("""
INSERT INTO shipping_carrier (method, carrier, services, buys, label_required)
VALUES (:method, :carrier, CAST(:services AS jsonb), :buys, :label_required)
ON CONFLICT (method) DO UPDATE SET carrier = excluded.carrier, services = excluded.services, buys = excluded.buys,
                                   label_required = excluded.label_required
""")
_UNBIND = text("DELETE FROM shipping_carrier WHERE method = :method")
_BINDINGS = text("""
SELECT method, carrier, services, buys, label_required FROM shipping_carrier
 WHERE method = ANY (CAST(:methods AS text[]))
""")


def bind(session: Session, method: str, binding: Binding | None, *, offered: Collection[str]) -> None:
    """
    Bind a shipping method to a carrier's services, of which `offered` are those that there are; None unbinds it.

    What is packed from now on goes by it. Raises NotFound, or Invalid for a service that the carrier does not have or that is
    named twice.
    """
    if session.execute(_METHOD, {"code": method}).one_or_none() is None:
        raise NotFound(f"no shipping method {method}", remedy="add it: POST /v1/shipping-methods")
    if binding is None:
        session.execute(_UNBIND, {"method": method})
        return
    if unknown := [each for each in binding.services if each not in offered]:
        raise Invalid(
            f"{binding.carrier} has no service {', '.join(unknown)}",
            code="unknown_service",
            guard="service_offered",
            remedy=f"choose among: {', '.join(offered)}",
            members={"services": list(offered)},
        )
    if len(set(binding.services)) < len(binding.services):
        raise Invalid("a service is named twice", code="duplicate_service")
    session.execute(
        _BIND,
        {
            "method": method,
            "carrier": binding.carrier,
            "services": json.dumps(list(binding.services)),
            "buys": binding.buys,
            "label_required": binding.label_required,
        },
    )


def bindings(session: Session, methods: Collection[str]) -> dict[str, RowMapping]:
    """Give the carriers of those of these methods that are bound, by method."""
    rows = session.execute(_BINDINGS, {"methods": sorted(methods)}).mappings()
    return {row["method"]: row for row in rows}
