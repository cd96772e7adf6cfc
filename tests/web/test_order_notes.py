"""Notes on an order (NO1, NO2)."""

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, rows, work_off

from fulfillment.access.models import Role


def _placed(shop: Shop) -> str:
    shop.sells("MUG", A=5)
    number = shop.places(("MUG", 1)).number
    work_off(shop.services)
    return number


@pytest.mark.rule("NO1")
def test_a_note_says_what_and_who_and_when(shop: Shop, api: Api) -> None:
    number = _placed(shop)
    ana, eve = (api.caller(Role.CSR, name=name) for name in ("ana", "eve"))

    written = ana.post(f"/v1/orders/{number}/notes", {"description": "Asks for a gift box.\nCall back."})
    shop.clock.forward(minutes=1)
    changed = eve.change("PATCH", f"/v1/orders/{number}/notes/{written.json['id']}", {"description": "Gift box."})
    listed = ana.get(f"/v1/orders/{number}/notes", kind="person")

    assert (written.status_code, written.headers["ETag"]) == (201, '"2"')
    assert written.json == {
        "id": written.json["id"],
        "kind": "person",
        "description": "Asks for a gift box.\nCall back.",
        "created_by": "key:ana",
        "created_at": "2026-03-02T12:00:00Z",
        "changed_by": None,
        "changed_at": None,
    }
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"3"')
    assert listed.json["notes"] == [changed.json]
    assert changed.json == {
        **written.json,
        "description": "Gift box.",
        "changed_by": "key:eve",
        "changed_at": "2026-03-02T12:01:00Z",
    }
    assert broken(shop.services) == {}


@pytest.mark.rule("NO1")
def test_a_note_that_is_deleted_is_gone_from_the_list_but_not_from_the_timeline(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    path = f"/v1/orders/{number}/notes"
    note = csr.post(path, {"description": "wrong order"}).json

    deleted = csr.change("DELETE", f"{path}/{note['id']}", version=2)
    again = csr.change("DELETE", f"{path}/{note['id']}")

    assert (deleted.status_code, deleted.json, deleted.headers["ETag"]) == (200, note, '"3"')
    assert again.status_code == 404
    assert csr.get(path, kind="person").json["notes"] == []
    told = csr.get(f"/v1/orders/{number}/timeline", limit=200).json["entries"][-2:]
    assert [(entry["verb"], entry["detail"]) for entry in told] == [
        ("add_note", {"note_id": note["id"]}),
        ("delete_note", {"note_id": note["id"], "said": "wrong order"}),
    ]
    assert broken(shop.services) == {}


@pytest.mark.rule("NO2")
def test_what_happens_is_noted_by_the_system_between_the_notes_of_people(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    path = f"/v1/orders/{number}"
    csr.post(f"{path}/notes", {"description": "card tester?"})
    csr.post(f"{path}/holds", {"reason": "fraud"})

    both = csr.get(f"{path}/notes").json["notes"]
    system = csr.get(f"{path}/notes", kind="system").json["notes"]
    seen, link = [], f"{path}/notes?limit=2"
    while link is not None:
        page = csr.get(link).json
        seen += page["notes"]
        link = page["next"]

    assert [note["description"] for note in both if note["kind"] == "person"] == ["card tester?"]
    assert [note for note in both if note["kind"] == "system"] == system
    assert both[-2]["kind"] == "person"
    assert system[0]["description"] == "order: place"
    assert "shipment: assign inventory, pending to inventory assigned" in [note["description"] for note in system]
    assert system[-1]["description"] == "order: hold, reason fraud"
    assert system[-1]["created_by"] == "key:csr somebody"
    assert seen == both


@pytest.mark.rule("NO2")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_the_system_noted_stays_as_it_is(shop: Shop, admin: Caller, method: str) -> None:
    number = _placed(shop)
    note = admin.get(f"/v1/orders/{number}/notes").json["notes"][0]
    body = {"description": "nothing happened"} if method == "PATCH" else None
    before = contents(shop.services)

    answer = admin.change(method, f"/v1/orders/{number}/notes/{note['id']}", body)

    assert (answer.status_code, answer.json["guard"]) == (409, "system_note")
    assert answer.json["remedy"] == f"write a note of your own: POST /v1/orders/{number}/notes"
    assert contents(shop.services) == before


@pytest.mark.rule("NO1")
@pytest.mark.rule("RO2")
def test_a_note_that_somebody_else_has_changed_is_not_overwritten(shop: Shop, csr: Caller) -> None:
    number = _placed(shop)
    note = csr.post(f"/v1/orders/{number}/notes", {"description": "one"}).json
    path = f"/v1/orders/{number}/notes/{note['id']}"
    csr.change("PATCH", path, {"description": "two"}, version=2)
    before = contents(shop.services)

    stale = csr.change("PATCH", path, {"description": "three"}, version=2)
    unguarded = csr.change("DELETE", path, version=None)

    assert (stale.status_code, stale.json["changed"][0]["detail"]["said"]) == (412, "one")
    assert unguarded.status_code == 428
    assert contents(shop.services) == before


@pytest.mark.rule("NO1")
def test_a_storefront_and_a_warehouse_see_none(shop: Shop, storefront: Caller, warehouse: Caller, csr: Caller) -> None:
    number = _placed(shop)
    csr.post(f"/v1/orders/{number}/notes", {"description": "secret"})

    for caller in (storefront, warehouse):
        assert caller.get(f"/v1/orders/{number}/notes").status_code == 403
        assert caller.post(f"/v1/orders/{number}/notes", {"description": "x"}).status_code == 403
    assert rows(shop.services, "SELECT description FROM order_note") == [("secret",)]


def test_a_note_of_another_order_is_not_found(shop: Shop, csr: Caller) -> None:
    number, other = _placed(shop), shop.places(("MUG", 1)).number
    note = csr.post(f"/v1/orders/{number}/notes", {"description": "one"}).json
    before = contents(shop.services)

    answers = [
        csr.change("PATCH", f"/v1/orders/{other}/notes/{note['id']}", {"description": "x"}),
        csr.change("DELETE", f"/v1/orders/{other}/notes/{note['id']}"),
        csr.post("/v1/orders/PO0/notes", {"description": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert contents(shop.services) == before


@pytest.mark.parametrize("description", ["", "  ", "x" * 2001, "4242 4242 4242 4242", 7, None])
def test_a_note_must_say_something_that_may_be_kept(shop: Shop, csr: Caller, description: object) -> None:
    number = _placed(shop)
    before = contents(shop.services)

    assert csr.post(f"/v1/orders/{number}/notes", {"description": description}).status_code == 422
    assert contents(shop.services) == before
