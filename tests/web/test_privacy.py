"""Who a person is can be given to them and be erased; what was sold, paid and shipped stays."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest
from api_client import ADDRESS, Api, Caller, a_checkout, contents, pence
from builders import Shop, broken, one, rows, work_off
from click.testing import CliRunner
from labeling import bound
from returning import comes_back, line_ids
from sqlalchemy import Boolean, Date, DateTime, Integer

from fulfillment.access.models import Role
from fulfillment.db.base import Base
from fulfillment.orders.search import blocks
from fulfillment.privacy.commands import customer
from fulfillment.privacy.held import HELD

NAME, EMAIL = "Zerafina Quillhaven", "zera@canary.example"
HOME = {**ADDRESS, "name": NAME, "line1": "77 Canarystreet", "line2": "c/o Canaryflat", "postal_code": "CN4 7RY"}
MOVED = {**HOME, "line1": "78 Canarylane"}
CANARIES = ("zerafina", "quillhaven", "canary", "cn4 7ry", "tok_zera")


def _found(shop: Shop) -> list[str]:
    """Every table and canary of which some row, in whatever column, holds it."""
    tables = rows(shop.services, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [
        f"{table}: {word}"
        for (table,) in tables
        for (document,) in rows(shop.services, f"SELECT lower(coalesce(string_agg(t::text, ' '), '')) FROM {table} t")
        for word in CANARIES
        if word in document
    ]


def _gathered(shop: Shop) -> None:
    shop.clock.forward(minutes=5)
    with shop.services.transaction() as session:
        assert blocks.gather_blocks(session, at=shop.now) > 0


def _told(csr: Caller, path: str, body: dict[str, Any]) -> Any:
    answer = csr.post(path, body)
    assert answer.status_code in (200, 201, 202), answer.text
    return answer.json


@pytest.fixture
def person(shop: Shop, api: Api, csr: Caller, warehouse: Caller, monkeypatch: pytest.MonkeyPatch) -> int:
    """A customer of whom something is told in every place where something can be told; all is over but one order."""
    monkeypatch.setattr(blocks, "ORDERS_IN_BLOCK", 1)
    storefront = api.caller(Role.STOREFRONT)
    bound(shop)
    shop.sells("MUG", price=1000, A=50)
    known = _told(csr, "/v1/customers", {"name": NAME, "email": EMAIL, "addresses": [HOME]})["id"]
    line = {
        "sku": "MUG",
        "quantity": 2,
        "options": {"engraving": "Canary"},
        "gift": True,
        "gift_message": "Happy birthday, Canary",
    }
    ordered = a_checkout(
        line,
        customer={"name": NAME, "email": EMAIL.upper()},
        ship_to=HOME,
        bill_to=HOME,
        reference="Canary-7",
        shipping_method="post",
        payments=[{"method": "card", "token": "tok_zera"}],
    )
    first, second = (_told(storefront, "/v1/checkouts", ordered)["number"] for _ in range(2))
    work_off(shop.services)
    csr.change("PATCH", f"/v1/orders/{first}", {"ship_to": MOVED})
    note = _told(csr, f"/v1/orders/{first}/notes", {"description": "the canary calls at night"})["id"]
    csr.change("PATCH", f"/v1/orders/{first}/notes/{note}", {"description": "the Canary calls at noon"})
    hold = _told(csr, f"/v1/orders/{first}/holds", {"reason": "verify", "note": "a canary sang"})["id"]
    _told(csr, f"/v1/orders/{first}/holds/{hold}/release", {})
    work_off(shop.services)
    order = one(shop.services, "SELECT id FROM purchase_order WHERE number = :number", number=first)
    shop.brings(order, "packing")
    [shipment] = shop.shipments(order)
    parcel = warehouse.post(
        f"/v1/shipments/{shipment}/parcels", {"items": [{"code": "MUG", "quantity": 2}], "weight_grams": 300}
    ).headers["Location"]
    _told(warehouse, f"{parcel}/label", {})
    work_off(shop.services)
    shop.completes(order)
    work_off(shop.services)
    _told(warehouse, f"{parcel}/problems", {"kind": "damaged", "note": "the canary is out"})
    _told(csr, f"{parcel}/resolution", {"by": "found", "note": "the canary is back"})
    back = comes_back(shop, csr, warehouse, order, ("MUG", 1, "damaged"), note="sings like a canary")
    back.arrives("MUG", condition="damaged", note="dead canary")
    back.becomes("scrapped", "MUG", note="buried canary")
    _told(csr, f"{back.path}/completion", {"notify_customer": True})
    _told(csr, f"/v1/orders/{first}/refunds", {"amount": pence(1), "reason": f"promised to {NAME}"})
    work_off(shop.services)
    _told(storefront, "/v1/carts", {"market": "DE", "customer": {"name": NAME, "email": EMAIL}, "ship_to": HOME})
    _gathered(shop)
    assert line_ids(shop, order)
    assert one(shop.services, "SELECT count(*) FROM purchase_order WHERE number = :number", number=second) == 1
    return int(known)


def test_a_person_is_given_everything_and_then_forgotten_while_the_books_stay(
    shop: Shop, api: Api, csr: Caller, admin: Caller, person: int
) -> None:
    path = f"/v1/customers/{person}"
    first, second = (number for (number,) in rows(shop.services, "SELECT number FROM purchase_order ORDER BY id"))
    given = csr.get(f"{path}/export")
    assert (given.json["customer_id"], given.json["email"], given.json["orders"]) == (person, EMAIL, [first, second])
    assert [word for word in CANARIES[:-1] if word not in given.text.lower()] == []
    assert "tok_zera" not in given.text
    assert [row["gift_message"] for row in given.json["held"]["line_item"]] == ["Happy birthday, Canary"] * 2

    before = contents(shop.services)
    refused = admin.post(f"{path}/erasure", {})
    assert (refused.status_code, refused.json["guard"]) == (409, "finished")
    assert refused.json["orders"] == [{"number": second, "reason": "in progress"}]
    assert contents(shop.services) == before
    assert csr.post(f"{path}/erasure", {}).json["guard"] == "role"

    csr.post(f"/v1/orders/{second}/cancellation", {"reason": f"{NAME} moved", "notify_customer": True}, key="again")
    work_off(shop.services)
    kept = rows(shop.services, "SELECT kind, amount, debit, credit FROM money_transfer ORDER BY id")
    moved = rows(shop.services, "SELECT kind, on_hand_change FROM stock_movement ORDER BY id")
    states = rows(shop.services, "SELECT subject, verb, before, after, actor FROM timeline ORDER BY order_id, id")

    erased = admin.post(f"{path}/erasure", {}, key="forget")

    assert erased.status_code == 200, erased.text
    assert erased.json["orders"] == [first, second]
    _gathered(shop)
    assert _found(shop) == []
    assert broken(shop.services) == {}
    assert rows(shop.services, "SELECT kind, amount, debit, credit FROM money_transfer ORDER BY id") == kept
    assert rows(shop.services, "SELECT kind, on_hand_change FROM stock_movement ORDER BY id") == moved
    after = rows(shop.services, "SELECT subject, verb, before, after, actor FROM timeline ORDER BY order_id, id")
    assert [entry for entry in after if entry[1] != "erase_person"] == states
    assert rows(shop.services, "SELECT DISTINCT ship_to ->> 'country' FROM shipment") == [("GB",)]
    shown = csr.get(f"/v1/orders/{first}")
    assert (shown.status_code, shown.json["customer"]) == (200, {"name": None, "email": None})
    assert [csr.get(f"/v1/orders/{first}/{each}").status_code for each in ("timeline", "notes", "explanation")] == [
        200
    ] * 3
    assert csr.get("/v1/orders", customer_email=EMAIL).json["orders"] == []

    repeated = admin.post(f"{path}/erasure", {})
    assert repeated.json == {"erased": {}, "orders": []}
    assert admin.post(f"{path}/erasure", {}, key="forget").json == erased.json
    assert admin.post("/v1/guests/erasure", {"email": EMAIL}).json == {"erased": {}, "orders": []}


def test_a_command_about_a_person_stays_done_and_its_answer_tells_no_more_of_them(
    shop: Shop, csr: Caller, admin: Caller
) -> None:
    sent = {"name": NAME, "email": EMAIL, "addresses": [HOME]}
    known = csr.post("/v1/customers", sent, key="once").json["id"]
    admin.post(f"/v1/customers/{known}/erasure", {})

    again = csr.post("/v1/customers", sent, key="once")

    assert (again.status_code, again.json["id"], again.json["name"]) == (201, known, "erased")
    assert [word for word in CANARIES if word in again.text.lower()] == []
    assert one(shop.services, "SELECT count(*) FROM customer") == 1
    assert csr.get(f"/v1/customers/{known}").json["name"] == "erased"


def test_answers_about_others_stay_whole_where_a_part_of_them_is_a_word_of_the_person(
    shop: Shop, csr: Caller, admin: Caller
) -> None:
    year = str(shop.now.year)  # there is a place with this postal code
    home = {**ADDRESS, "name": "Ann", "line1": "1 Elmgrove", "postal_code": year}
    person = {"name": "Mark", "email": "mark@canary.example", "addresses": [home]}
    known = csr.post("/v1/customers", person, key="theirs").json["id"]
    lives = {**ADDRESS, "name": "Marketa Novak", "line1": f"{year} Ringroad"}
    kept = {"name": "Marketa Novak", "email": "marketa@other.example", "addresses": [lives]}
    other = csr.post("/v1/customers", kept, key="another's").json

    erased = admin.post(f"/v1/customers/{known}/erasure", {}).json["erased"]

    assert erased == {"customer": 1, "customer_address": 1, "idempotency_key": 1}
    assert csr.post("/v1/customers", kept, key="another's").json == other
    again = csr.post("/v1/customers", person, key="theirs").json
    assert (again["id"], again["name"], again["email"]) == (known, "erased", "erased")
    [address] = (each["address"] for each in again["addresses"])
    assert [address[each] for each in ("line1", "postal_code", "country")] == ["erased", "erased", "GB"]


def test_a_guest_is_known_by_the_address_alone_and_another_customer_keeps_what_is_theirs(
    shop: Shop, csr: Caller, admin: Caller
) -> None:
    shop.sells("MUG", A=9)
    guest = shop.up_to("shipped", ("MUG", 1), email=EMAIL, ship_to=HOME)
    other = shop.up_to("shipped", ("MUG", 1))
    kept = csr.get(f"/v1/orders/{other.number}").json

    assert csr.get("/v1/guests/export", email=EMAIL.upper()).json["orders"] == [guest.number]
    assert admin.post("/v1/guests/erasure", {"email": EMAIL}).json["orders"] == [guest.number]

    assert _found(shop) == []
    assert csr.get(f"/v1/orders/{other.number}").json == kept
    assert csr.get("/v1/guests/export", email=EMAIL).json["held"] == {}
    assert broken(shop.services) == {}


def test_what_the_cart_of_a_person_held_goes_to_whoever_waits_for_it(shop: Shop, admin: Caller) -> None:
    shop.sells("MUG", A=1)
    cart = shop.collects(("MUG", 1))
    email = one(shop.services, "SELECT customer_email FROM cart WHERE id = :id", id=cart)
    admin.post(f"/v1/carts/{cart}/reservation", {})
    waiting = shop.up_to("assigned", ("MUG", 1), email="other@example.com")
    assert shop.statuses(waiting.id) == ["awaiting_inventory"]

    assert admin.post("/v1/guests/erasure", {"email": email}).json["erased"]["cart"] == 1
    work_off(shop.services)

    assert shop.statuses(waiting.id) == ["inventory_assigned"]
    assert broken(shop.services) == {}


def test_the_command_does_the_same(shop: Shop) -> None:
    shop.sells("MUG", A=9)
    guest = shop.up_to("shipped", ("MUG", 1), email=EMAIL, ship_to=HOME)

    def run(*arguments: str) -> str:
        url = shop.services.engine.url.render_as_string(hide_password=False)
        ended = CliRunner().invoke(customer, list(arguments), obj=lambda: nullcontext(url))
        assert ended.exit_code == 0, ended.output
        return ended.output

    assert json.loads(run("export", EMAIL))["purchase_order"][0]["number"] == guest.number
    assert "1  orders in all" in run("erase", EMAIL, "--by", "ana", "--yes")
    assert _found(shop) == []
    [told] = rows(shop.services, "SELECT cause_kind, actor FROM timeline WHERE verb = 'erase_person'")
    assert told == ("person", "person:ana")


KEPT = {
    # What was sold, paid, shipped and done, by whom of us, and the identifiers of others.
    "bulk_item": "number status guard reason remedy",
    "chargeback": "status currency reason reference reversal_reference opened_by",
    "drift_item": "drift rule place status repaired_by",
    "exchange": "status policy created_by",
    "hold": "status reason opened_by released_by",
    "item_delivery": "status",
    "label": "key carrier services service ship_from status reference tracking_number currency code created_by",
    "line_item": "sku name price_by promotion",
    "money_transfer": "kind debit credit currency",
    "parcel": "tracking_number created_by",
    "parcel_delivery": "status",
    "parcel_problem": "kind status resolution ended_by",
    "payment": "method currency received_as declined adopts",
    "payment_action": "reference",
    "payment_attempt": "key kind status reference code lines",
    "payment_difference": "kind what reference currency",
    "purchase_order": "number invoice_number status payment_status currency",
    "put_back": "confirmed_by",
    "return_line": "reason",
    "return_movement": "kind condition cause_kind cause_id actor",
    "return_order": "number status settles_by created_by attempts",
    "return_stray": "code condition place actor settled_as settled_by",
    "shipment": "number status shipping_method tracking_number",
    "subscription": "order_number status unit problem created_by",
    "tote": "code",
    "webhook_attempt": "code",
    "webhook_delivery": "event data status",
    "tracking_event": "carrier event_id tracking_number status actor",
    # Read through word by word.
    "dispatch": "step lane argument last_error cause_kind cause_id actor",
    "timeline": "subject verb before after detail cause_kind cause_id actor step",
    # Made again from what is left.
    "customer": "trigrams",
    "order_search": "number name customer_name customer_email items",
    # Of an order that is not finished: then nobody is erased.
    "order_draft": "document entered_by repeats notices",
}
_ABOUT_NOBODY = (Integer, Boolean, DateTime, Date)
_OWNERS = {
    "webhook_delivery",
    "purchase_order",
    "customer",
    "cart",
    "line_item",
    "shipment",
    "return_order",
    "return_line",
    "payment",
}


def test_every_column_of_text_that_hangs_on_an_order_or_a_customer_is_erased_or_said_to_stay() -> None:
    """Whoever adds a column decides here what becomes of it when its person is to be forgotten."""
    placed = {held.table: held for held in HELD}
    unplaced = {}
    for name, table in Base.metadata.tables.items():
        owned = "order_id" in table.c or any(key.column.table.name in _OWNERS for key in table.foreign_keys)
        if not (owned or name in _OWNERS) or (name in placed and placed[name].deleted):
            continue
        columns = {each.name for each in table.c if not isinstance(each.type, _ABOUT_NOBODY)}
        decided = {*KEPT.get(name, "").split(), *(placed[name].blanks if name in placed else ())}
        if columns != decided:
            unplaced[name] = columns ^ decided
    assert unplaced == {}
    assert placed.keys() <= Base.metadata.tables.keys()
