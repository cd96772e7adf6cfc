"""Every route by every role: who may call what is written down here a second time, and the two must agree."""

import re

import pytest
from api_client import Api, Caller

from fulfillment.access.models import Role
from web.call import Reply
from web.route import ROUTES
from web.routes import Noun
from web.schemas.operations import HealthOut, ReplayIn

S, C, W, A = Role.STOREFRONT, Role.CSR, Role.WAREHOUSE, Role.ADMIN
NOBODY: set[Role] = set()

MAY = {
    "POST /v1/checkouts": {S, C, A},
    "GET /v1/carts": {S, C, A},
    "POST /v1/carts": {S, C, A},
    "GET /v1/carts/<id:cart_id>": {S, C, A},
    "PATCH /v1/carts/<id:cart_id>": {S, C, A},
    "DELETE /v1/carts/<id:cart_id>": {S, C, A},
    "POST /v1/carts/deletions": {S, C, A},
    "POST /v1/carts/<id:cart_id>/lines": {S, C, A},
    "PATCH /v1/carts/<id:cart_id>/lines/<id:position>": {S, C, A},
    "DELETE /v1/carts/<id:cart_id>/lines/<id:position>": {S, C, A},
    "PUT /v1/carts/<id:cart_id>/forms/<code:key>": {S, C, A},
    "DELETE /v1/carts/<id:cart_id>/forms/<code:key>": {S, C, A},
    "PUT /v1/carts/<id:cart_id>/destinations/<code:key>": {S, C, A},
    "DELETE /v1/carts/<id:cart_id>/destinations/<code:key>": {S, C, A},
    "POST /v1/carts/<id:cart_id>/emptying": {S, C, A},
    "POST /v1/carts/<id:cart_id>/moves": {S, C, A},
    "POST /v1/carts/<id:cart_id>/reservation": {S, C, A},
    "POST /v1/carts/<id:cart_id>/reservation/release": {S, C, A},
    "POST /v1/inventory/safety-stock": {W, A},
    "POST /v1/carts/<id:cart_id>/checkout": {S, C, A},
    "POST /v1/carts/<id:cart_id>/conversion": {C, A},
    "GET /v1/orders": {S, C, A},
    "POST /v1/orders": {C, A},
    "GET /v1/orders/<name:number>": {S, C, A},
    "PATCH /v1/orders/<name:number>": {C, A},
    "GET /v1/orders/<name:number>/review": {C, A},
    "PATCH /v1/orders/<name:number>/draft": {C, A},
    "POST /v1/orders/<name:number>/lines": {C, A},
    "PATCH /v1/orders/<name:number>/lines/<id:position>": {C, A},
    "DELETE /v1/orders/<name:number>/lines/<id:position>": {C, A},
    "PUT /v1/orders/<name:number>/destinations/<name:key>": {C, A},
    "DELETE /v1/orders/<name:number>/destinations/<name:key>": {C, A},
    "PUT /v1/orders/<name:number>/forms/<name:key>": {C, A},
    "DELETE /v1/orders/<name:number>/forms/<name:key>": {C, A},
    "POST /v1/orders/<name:number>/placement": {C, A},
    "POST /v1/orders/<name:number>/reorder": {C, A},
    "GET /v1/exchanges": {C, A},
    "POST /v1/exchanges": {C, A},
    "GET /v1/exchanges/<id:exchange_id>": {C, A},
    "POST /v1/exchanges/<id:exchange_id>/settlement": {C, A},
    "POST /v1/exchanges/<id:exchange_id>/cancellation": {C, A},
    "GET /v1/returns": {S, C, W, A},
    "POST /v1/returns": {S, C, A},
    "GET /v1/returns/<id:return_id>": {S, C, W, A},
    "GET /v1/orders/<name:number>/returnables": {S, C, A},
    "POST /v1/returns/<id:return_id>/receipts": {W, A},
    "POST /v1/returns/<id:return_id>/decisions": {W, A},
    "GET /v1/returns/<id:return_id>/slip": {S, C, W, A},
    "POST /v1/returns/<id:return_id>/strays/<id:stray_id>/settlement": {W, A},
    "GET /v1/vendor-returns": {C, W, A},
    "POST /v1/returns/<id:return_id>/completion": {C, A},
    "POST /v1/returns/<id:return_id>/cancellation": {C, A},
    "GET /v1/webhook-endpoints": {S, A},
    "POST /v1/webhook-endpoints": {S, A},
    "GET /v1/webhook-endpoints/<id:endpoint_id>": {S, A},
    "PATCH /v1/webhook-endpoints/<id:endpoint_id>": {S, A},
    "DELETE /v1/webhook-endpoints/<id:endpoint_id>": {S, A},
    "POST /v1/webhook-endpoints/<id:endpoint_id>/secret": {S, A},
    "POST /v1/webhook-endpoints/<id:endpoint_id>/test": {S, A},
    "GET /v1/webhook-deliveries": {S, A},
    "GET /v1/webhook-deliveries/<id:delivery_id>": {S, A},
    "POST /v1/webhook-deliveries/<id:delivery_id>/replay": {S, A},
    "POST /v1/webhook-deliveries/replays": {S, A},
    "POST /v1/subscriptions": {C, A},
    "GET /v1/subscriptions": {C, A},
    "GET /v1/subscriptions/<id:subscription_id>": {C, A},
    "POST /v1/subscriptions/<id:subscription_id>/pause": {C, A},
    "POST /v1/subscriptions/<id:subscription_id>/resume": {C, A},
    "POST /v1/subscriptions/<id:subscription_id>/end": {C, A},
    "GET /v1/orders/<name:number>/timeline": {C, A},
    "GET /v1/orders/<name:number>/explanation": {S, C, A},
    "POST /v1/orders/<name:number>/cancellation": {S, C, A},
    "PUT /v1/orders/<name:number>/invoice": {C, A},
    "GET /v1/orders/<name:number>/status-history": {C, A},
    "DELETE /v1/orders/<name:number>": {C, A},
    "POST /v1/orders/<name:number>/archive": {C, A},
    "DELETE /v1/orders/<name:number>/archive": {C, A},
    "GET /v1/orders/<name:number>/notes": {C, A},
    "POST /v1/orders/<name:number>/notes": {C, A},
    "PATCH /v1/orders/<name:number>/notes/<id:note_id>": {C, A},
    "DELETE /v1/orders/<name:number>/notes/<id:note_id>": {C, A},
    "PUT /v1/orders/<name:number>/state": {C, A},
    "POST /v1/orders/<name:number>/holds": {C, A},
    "POST /v1/orders/<name:number>/holds/<id:hold_id>/release": {C, A},
    "GET /v1/order-configurations": {C, A},
    "GET /v1/order-configurations/<name:name>": {C, A},
    "POST /v1/order-configurations": {A},
    "POST /v1/order-configurations/<name:name>/activation": {A},
    "GET /v1/orders/<name:number>/payments": {S, C, A},
    "POST /v1/orders/<name:number>/payments": {S, C, A},
    "GET /v1/payments": {C, A},
    "POST /v1/orders/<name:number>/captures": {C, A},
    "POST /v1/orders/<name:number>/refunds": {C, A},
    "POST /v1/orders/<name:number>/payments/sync": {C, A},
    "GET /v1/payments/<id:payment_id>": {C, A},
    "POST /v1/payments/<id:payment_id>/captures": {C, A},
    "POST /v1/payments/<id:payment_id>/refunds": {C, A},
    "POST /v1/payments/<id:payment_id>/voids": {C, A},
    "POST /v1/payments/<id:payment_id>/chargebacks": {C, A},
    "POST /v1/orders/<name:number>/write-offs": {A},
    "POST /v1/payments/<id:payment_id>/chargebacks/<id:chargeback_id>/outcome": {C, A},
    "GET /v1/payment-attempts": {C, A},
    "GET /v1/payment-attempts/<id:attempt_id>": {C, A},
    "POST /v1/payment-attempts/<id:attempt_id>/outcome": {C, A},
    "GET /v1/shipments": {C, W, A},
    "GET /v1/shipments/<id:shipment_id>": {C, W, A},
    "POST /v1/shipments/<id:shipment_id>/release": {C, W, A},
    "POST /v1/shipments/<id:shipment_id>/completion": {W, A},
    "POST /v1/shipments/<id:shipment_id>/split": {C, W, A},
    "POST /v1/shipments/<id:shipment_id>/tracking": {C, W, A},
    "POST /v1/lines/<id:line_id>/delivery-state": {C, W, A},
    "POST /v1/picklists": {W, A},
    "GET /v1/picklists/<id:picklist_id>": {W, A},
    "POST /v1/picklists/<id:picklist_id>/picks": {W, A},
    "POST /v1/picklists/<id:picklist_id>/completion": {W, A},
    "GET /v1/shipments/<id:shipment_id>/packing-slip": {C, W, A},
    "GET /v1/picklists/<id:picklist_id>/paper": {W, A},
    "GET /v1/shipments/<id:shipment_id>/parcels": {C, W, A},
    "POST /v1/shipments/<id:shipment_id>/parcels": {W, A},
    "GET /v1/parcels/<id:parcel_id>": {C, W, A},
    "GET /v1/parcels/<id:parcel_id>/events": {C, W, A},
    "GET /v1/parcels": {C, W, A},
    "POST /v1/manifests": {W, A},
    "GET /v1/manifests": {W, A},
    "GET /v1/manifests/<id:manifest_id>": {W, A},
    "GET /v1/manifests/<id:manifest_id>/paper": {W, A},
    "POST /v1/parcels/<id:parcel_id>/problems": {C, W, A},
    "POST /v1/parcels/<id:parcel_id>/resolution": {C, A},
    "PATCH /v1/parcels/<id:parcel_id>": {C, W, A},
    "DELETE /v1/parcels/<id:parcel_id>": {W, A},
    "GET /v1/parcels/<id:parcel_id>/label": {C, W, A},
    "GET /v1/parcels/<id:parcel_id>/label.pdf": {W, A},
    "POST /v1/parcels/<id:parcel_id>/label": {W, A},
    "POST /v1/parcels/<id:parcel_id>/label/void": {W, A},
    "POST /v1/parcels/<id:parcel_id>/label/replacement": {W, A},
    "GET /v1/shipments/<id:shipment_id>/rates": {C, W, A},
    "GET /v1/labels": {C, W, A},
    "GET /v1/labels/<id:label_id>": {C, W, A},
    "POST /v1/labels/<id:label_id>/outcome": {A},
    "POST /v1/parcels/<id:parcel_id>/items": {W, A},
    "POST /v1/parcels/<id:parcel_id>/removals": {W, A},
    "GET /v1/picklists": {W, A},
    "GET /v1/picklists/<id:picklist_id>/walk": {W, A},
    "POST /v1/picklists/<id:picklist_id>/claim": {W, A},
    "POST /v1/picklists/<id:picklist_id>/claim/handover": {W, A},
    "POST /v1/picklists/<id:picklist_id>/claim/release": {W, A},
    "POST /v1/picklists/<id:picklist_id>/totes": {W, A},
    "POST /v1/picklists/<id:picklist_id>/scans": {W, A},
    "POST /v1/picklists/<id:picklist_id>/lines/<id:line_id>/short-picks": {W, A},
    "POST /v1/picklists/<id:picklist_id>/unpicks": {W, A},
    "POST /v1/picklists/<id:picklist_id>/closing": {W, A},
    "GET /v1/put-backs": {C, W, A},
    "POST /v1/waves": {W, A},
    "POST /v1/waves/preview": {W, A},
    "GET /v1/waves": {W, A},
    "GET /v1/waves/<id:wave_id>": {W, A},
    "POST /v1/put-backs/<id:put_back_id>/confirmation": {W, A},
    "GET /v1/products/<name:sku>/barcodes": {C, W, A},
    "PUT /v1/products/<name:sku>/barcodes": {W, A},
    "GET /v1/inventory": {S, C, W, A},
    "GET /v1/inventory/movements": {W, A},
    "GET /v1/inventory/bin-movements": {W, A},
    "GET /v1/inventory/places": {C, W, A},
    "GET /v1/inventory/reasons": {W, A},
    "POST /v1/inventory/bin-moves": {W, A},
    "GET /v1/inbound-deliveries": {C, W, A},
    "POST /v1/inbound-deliveries": {W, A},
    "GET /v1/inbound-deliveries/<id:delivery_id>": {C, W, A},
    "PATCH /v1/inbound-deliveries/<id:delivery_id>": {W, A},
    "POST /v1/inbound-deliveries/<id:delivery_id>/receipts": {W, A},
    "POST /v1/inbound-deliveries/<id:delivery_id>/end": {W, A},
    "GET /v1/transfers": {W, A},
    "POST /v1/transfers": {W, A},
    "GET /v1/transfers/<id:transfer_id>": {W, A},
    "POST /v1/transfers/<id:transfer_id>/shipment": {W, A},
    "POST /v1/transfers/<id:transfer_id>/receipts": {W, A},
    "POST /v1/transfers/<id:transfer_id>/end": {W, A},
    "GET /v1/counts": {W, A},
    "POST /v1/counts": {W, A},
    "GET /v1/counts/<id:count_id>": {W, A},
    "POST /v1/counts/<id:count_id>/entries": {W, A},
    "POST /v1/counts/<id:count_id>/recounts": {W, A},
    "POST /v1/counts/<id:count_id>/approval": {W, A},
    "POST /v1/counts/<id:count_id>/cancellation": {W, A},
    "GET /v1/bins": {W, A},
    "POST /v1/bins": {W, A},
    "GET /v1/bins/<id:bin_id>": {W, A},
    "PATCH /v1/bins/<id:bin_id>": {W, A},
    "POST /v1/inventory/receipts": {W, A},
    "POST /v1/inventory/adjustments": {W, A},
    "GET /v1/products": {S, C, W, A},
    "GET /v1/products/<name:sku>": {S, C, W, A},
    "POST /v1/products": {A},
    "PATCH /v1/products/<name:sku>": {A},
    "GET /v1/products/<name:sku>/promise": {S, C, W, A},
    "GET /v1/markets": {S, C, W, A},
    "GET /v1/markets/<name:code>": {S, C, W, A},
    "POST /v1/markets": {A},
    "PATCH /v1/markets/<name:code>": {A},
    "POST /v1/markets/<name:code>/sourcing/preview": {C, A},
    "PATCH /v1/warehouses/<name:code>": {A},
    "GET /v1/shipping-methods": {S, C, A},
    "GET /v1/shipping-methods/<name:code>": {S, C, A},
    "POST /v1/shipping-methods": {A},
    "PUT /v1/shipping-methods/<name:code>": {A},
    "PATCH /v1/shipping-methods/<name:code>": {A},
    "GET /v1/warehouses": {S, C, W, A},
    "POST /v1/warehouses": {A},
    "GET /v1/promotions": {C, A},
    "GET /v1/promotions/<name:code>": {C, A},
    "POST /v1/promotions": {A},
    "PATCH /v1/promotions/<name:code>": {A},
    "GET /v1/customers": {C, A},
    "GET /v1/customers/<id:customer_id>": {C, A},
    "POST /v1/customers": {C, A},
    "POST /v1/customers/<id:customer_id>/addresses": {C, A},
    "PATCH /v1/customers/<id:customer_id>": {C, A},
    "PUT /v1/customers/<id:customer_id>/addresses/<id:address_id>": {C, A},
    "PUT /v1/customers/<id:customer_id>/addresses/<id:address_id>/default": {C, A},
    "DELETE /v1/customers/<id:customer_id>/addresses/<id:address_id>": {C, A},
    "GET /v1/customers/<id:customer_id>/export": {C, A},
    "POST /v1/customers/<id:customer_id>/erasure": {A},
    "GET /v1/guests/export": {C, A},
    "POST /v1/guests/erasure": {A},
    "POST /v1/bulk": {C, A},
    "GET /v1/operations/<id:operation_id>/items": {C, A},
    "GET /v1/operations/<id:operation_id>": {S, C, W, A},
    "GET /v1/dead-letters": {A},
    "GET /v1/alarms": {C, A},
    "GET /v1/reconciliations": {A},
    "POST /v1/reconciliations": {A},
    "GET /v1/reconciliations/<id:reconciliation_id>": {A},
    "GET /v1/reconciliations/<id:reconciliation_id>/items": {A},
    "POST /v1/reconciliations/<id:reconciliation_id>/items/<id:item_id>/repair": {A},
    "GET /v1/figures": {A},
    "POST /v1/dead-letters/<id:dispatch_id>/replay": {A},
    "POST /v1/gateway-events": NOBODY,  # but who signs
    "POST /webhooks/carriers/<name:carrier>": NOBODY,  # but who signs
    "GET /healthz": NOBODY,
    "GET /readyz": NOBODY,
}


def _asked(caller: Caller, name: str) -> tuple[int, str]:
    method, rule = name.split(" ")
    path = re.sub(r"<[^>]+>", "1", rule)
    if method in ("GET", "POST"):
        answer = caller.get(path) if method == "GET" else caller.post(path, {})
    else:
        answer = caller.send(method, path, json={}, headers={"If-Match": "*"})
    return answer.status_code, answer.json.get("guard", "")


def test_every_operation_of_the_document_is_written_down_here_with_its_roles(api: Api) -> None:
    document = api.nobody.get("/openapi.json").json
    written = {re.sub(r"<\w+:(\w+)>", r"{\1}", name): roles for name, roles in MAY.items()}

    assert {route.name for route in ROUTES.values()} == MAY.keys()
    assert {
        f"{method.upper()} {path}": set(operation.get("x-roles", ()))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    } == written


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_call_what_is_its_own_and_nothing_else(api: Api, role: Role) -> None:
    caller = api.caller(role)

    answers = {name: _asked(caller, name) for name, roles in MAY.items() if roles}

    let_in = {name for name, (status, guard) in answers.items() if status not in (401, 403)}
    assert let_in == {name for name, roles in MAY.items() if role in roles}
    assert {answer for name, answer in answers.items() if name not in let_in} <= {(403, "role")}
    assert 500 not in {status for status, _ in answers.values()}


def test_nobody_may_call_anything_without_a_key_but_ask_how_we_are(api: Api) -> None:
    answers = {name: _asked(api.nobody, name)[0] for name in MAY}

    assert {name for name, status in answers.items() if status != 401} == {"GET /healthz", "GET /readyz"}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer fk_0_0",
        "Bearer x",
        "Basic YTpi",
        "fk_0_0",
        "Bearer \u00e9\u00e9",
        "Bearer fk_%00_x",
        "Bearer " + "x" * 5000,
    ],
)
def test_a_key_that_is_none_is_refused_and_asked_for(api: Api, header: str) -> None:
    answer = api.nobody.send("GET", "/v1/orders", headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_route_that_names_no_roles_cannot_be_declared() -> None:
    noun = Noun("forgetful", "A noun whose author forgot something.")

    with pytest.raises(ValueError, match="GET /v1/secrets does not say who may call it"):
        noun.reads("/v1/secrets", roles=(), answer=HealthOut)(lambda: Reply({}))
    with pytest.raises(ValueError, match="does not say who may call it"):
        noun.commands("/v1/secrets", roles=(), body=ReplayIn, answer=HealthOut)(lambda: Reply({}))
    with pytest.raises(ValueError, match="an open route is PUBLIC"):
        noun.open("/healthz", roles=frozenset({Role.ADMIN}), answer=HealthOut)


def test_a_view_that_was_not_declared_keeps_the_application_from_starting(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web import app, documentation

    register = documentation.register

    def register_and_more(made: object) -> None:
        register(made)  # type: ignore[arg-type]
        made.add_url_rule("/v1/backdoor", "backdoor", lambda: "welcome")  # type: ignore[attr-defined]

    monkeypatch.setattr(documentation, "register", register_and_more)
    with pytest.raises(RuntimeError, match="backdoor"):
        app.create_app(api.services)
