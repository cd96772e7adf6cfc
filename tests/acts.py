"""
What may be asked of the API that changes something, over the whole of it, and what an order lives through.

The ids and names in bodies stand for others: whoever asks puts in what there is.
"""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api_client import a_checkout, pence

_FITTING: Final = runpy.run_path(str(Path(__file__).with_name("web") / "test_bad_input.py"))["FITTING"]
_ORDER: Final = "/v1/orders/<name:number>"
_SOMEBODY: Final = {"name": "Bo Lind", "line1": "3 Quay", "city": "Leith", "country": "GB"}


@dataclass(frozen=True)
class Act:
    """One thing that can be asked."""

    method: str
    rule: str
    body: Any = None
    query: str = ""


CHANGES: Final = (
    Act("PUT", "/v1/products/<name:sku>/barcodes", {"barcodes": ["4006381333931"]}),
    Act("PATCH", "/v1/bins/<id:bin_id>", {"active": False}),
    Act("PATCH", "/v1/carts/<id:cart_id>", {"reference": "x"}),
    Act("DELETE", "/v1/carts/<id:cart_id>"),
    Act("PATCH", "/v1/carts/<id:cart_id>/lines/<id:position>", {"quantity": 3}),
    Act("DELETE", "/v1/carts/<id:cart_id>/lines/<id:position>"),
    Act("PUT", "/v1/carts/<id:cart_id>/forms/<code:key>", {"name": "Theirs"}),
    Act("DELETE", "/v1/carts/<id:cart_id>/forms/<code:key>"),
    Act("PUT", "/v1/carts/<id:cart_id>/destinations/<code:key>", {"ship_to": _SOMEBODY}),
    Act("DELETE", "/v1/carts/<id:cart_id>/destinations/<code:key>"),
    Act("PATCH", "/v1/products/<name:sku>", {"when_short": "deny"}),
    Act("PATCH", "/v1/warehouses/<name:code>", {"allows_confirm_all": True}),
    Act("PATCH", "/v1/customers/<id:customer_id>", {"name": "Bo Quay"}),
    Act("PUT", "/v1/customers/<id:customer_id>/addresses/<id:address_id>", _SOMEBODY),
    Act("PUT", "/v1/customers/<id:customer_id>/addresses/<id:address_id>/default", {}),
    Act("DELETE", "/v1/customers/<id:customer_id>/addresses/<id:address_id>"),
    Act("PATCH", f"{_ORDER}/draft", {"reference": "x"}),
    Act("PATCH", f"{_ORDER}/lines/<id:position>", {"quantity": 3}),
    Act("DELETE", f"{_ORDER}/lines/<id:position>"),
    Act("PUT", f"{_ORDER}/destinations/<name:key>", {"ship_to": _SOMEBODY}),
    Act("DELETE", f"{_ORDER}/destinations/<name:key>"),
    Act("PUT", f"{_ORDER}/forms/<name:key>", {"name": "Theirs"}),
    Act("DELETE", f"{_ORDER}/forms/<name:key>"),
    Act("PATCH", "/v1/inbound-deliveries/<id:delivery_id>", {"supplier": "Potter"}),
    Act("PATCH", "/v1/markets/<name:code>", {"fills_greedily": True}),
    Act("PUT", f"{_ORDER}/state", {"state": "Suspended", "reason": "so it is", "notify_customer": False}),
    Act("PUT", f"{_ORDER}/invoice", {"invoice_number": "R1"}),
    Act("DELETE", f"{_ORDER}/archive"),
    Act("DELETE", _ORDER, query="?reason=mistake"),
    Act("PATCH", _ORDER, {"discount": pence(100)}),
    Act("PATCH", f"{_ORDER}/notes/<id:note_id>", {"description": "x"}),
    Act("DELETE", f"{_ORDER}/notes/<id:note_id>"),
    Act("PATCH", "/v1/parcels/<id:parcel_id>", {"weight_grams": 700}),
    Act("DELETE", "/v1/parcels/<id:parcel_id>"),
    Act("PATCH", "/v1/promotions/<name:code>", {"active": False}),
    Act("PUT", "/v1/shipping-methods/<name:code>", {"name": "Post"}),
    Act("PATCH", "/v1/shipping-methods/<name:code>", {"carrier": None}),
    Act("PATCH", "/v1/webhook-endpoints/<id:endpoint_id>", {"status": "disabled"}),
    Act("DELETE", "/v1/webhook-endpoints/<id:endpoint_id>"),
)
"""One of each route that changes something and is no command."""
LIES: Final = ("/v1/payment-attempts/<id:attempt_id>/outcome", "/v1/labels/<id:label_id>/outcome")
"""Where a person says what the gateway or the carrier did: made up it is not true, and then the books differ."""
EVERYTHING: Final = (*(Act("POST", rule, body) for rule, body in _FITTING.items() if rule not in LIES), *CHANGES)

_CONFIRMED: Final = {"confirm_all": True}
_TOLD: Final = {"reason": "so it is", "notify_customer": True}
LIFE: Final = (
    Act("POST", "/v1/checkouts", a_checkout(("MUG", 2))),
    Act("PATCH", _ORDER, {"discount": pence(300)}),
    Act("PATCH", _ORDER, {"lines": [{"id": 1, "quantity": 1}]}),
    Act("PATCH", _ORDER, {"lines": [{"id": 1, "quantity": 4}]}),
    Act("PATCH", _ORDER, {"add_lines": [{"sku": "PEN", "quantity": 1}]}),
    Act("PATCH", _ORDER, {"remove_lines": [1]}),
    *(Act("PUT", f"{_ORDER}/state", {"state": each, **_TOLD}) for each in ("Fraud", "Processing", "Canceled")),
    Act("POST", f"{_ORDER}/holds", {"reason": "fraud"}),
    Act("POST", f"{_ORDER}/holds/<id:hold_id>/release", {}),
    Act("POST", f"{_ORDER}/cancellation", _TOLD),
    Act("POST", "/v1/bulk", {"action": "hold", "numbers": ["PO1"], "reason": "fraud"}),
    Act("POST", "/v1/shipments/<id:shipment_id>/release", {}),
    Act("POST", "/v1/shipments/<id:shipment_id>/split", {"lines": [{"line_id": 1, "quantity": 1}]}),
    Act("POST", "/v1/picklists", {"shipment_ids": [1]}),
    Act("POST", "/v1/picklists/<id:picklist_id>/picks", {"picks": [{"line_id": 1, "quantity": 1}]}),
    Act("POST", "/v1/picklists/<id:picklist_id>/completion", _CONFIRMED),
    Act("POST", "/v1/shipments/<id:shipment_id>/completion", _CONFIRMED),
    Act("POST", f"{_ORDER}/payments", {"method": "card", "token": "tok_ok"}),
    Act("POST", f"{_ORDER}/payments", {"method": "card", "token": "tok_declined"}),
    Act("POST", f"{_ORDER}/payments", {"method": "manual"}),
    Act("POST", "/v1/payments/<id:payment_id>/captures", {}),
    Act("POST", "/v1/payments/<id:payment_id>/captures", {"amount": pence(500)}),
    Act("POST", "/v1/payments/<id:payment_id>/refunds", {"reason": "goodwill"}),
    Act("POST", "/v1/payments/<id:payment_id>/refunds", {"reason": "goodwill", "amount": pence(500)}),
    Act("POST", "/v1/payments/<id:payment_id>/voids", {}),
    Act("POST", f"{_ORDER}/payments/sync", {}),
    Act("POST", "/v1/returns", _FITTING["/v1/returns"]),
    Act("POST", "/v1/returns/<id:return_id>/receipts", {**_FITTING["/v1/returns/<id:return_id>/decisions"]}),
    Act("POST", "/v1/returns/<id:return_id>/completion", {"notify_customer": True, "without_rest": True}),
    Act("POST", "/v1/returns/<id:return_id>/cancellation", _TOLD),
    Act("POST", "/v1/exchanges", _FITTING["/v1/exchanges"]),
    Act("POST", "/v1/inventory/receipts", {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 2}]}),
    Act(
        "POST",
        "/v1/inventory/adjustments",
        {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": -1}], "reason": "damaged"},
    ),
)
"""What an order lives through, in bodies that lead it on."""
