"""Several people on one order: nobody overwrites what he has not seen (RO2)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from api_client import Api, Caller, a_checkout, contents
from builders import Shop, broken, rows, work_off

from fulfillment.access.models import Role

CANCELLATION = {"reason": "changed their mind", "notify_customer": False}


def _order(shop: Shop) -> str:
    shop.sells("MUG", A=9)
    number = shop.places(("MUG", 1)).number
    work_off(shop.services)
    return number


def _invoiced(caller: Caller, number: str, invoice: str | None, version: int | str | None):
    return caller.change("PUT", f"/v1/orders/{number}/invoice", {"invoice_number": invoice}, version=version)


@pytest.mark.rule("RO2")
@pytest.mark.rule("RO1")
def test_the_second_of_two_is_told_what_the_first_has_done(shop: Shop, api: Api) -> None:
    number = _order(shop)
    ana, eve = (api.caller(Role.CSR, name=name) for name in ("ana", "eve"))
    read_by_both = int(eve.get(f"/v1/orders/{number}").headers["ETag"].strip('"'))

    first = _invoiced(ana, number, "R-1", read_by_both)
    before = contents(shop.services)
    second = _invoiced(eve, number, "R-2", read_by_both)

    assert (first.status_code, first.json["invoice_number"], first.headers["ETag"]) == (200, "R-1", '"2"')
    assert (second.status_code, second.json["type"], second.json["guard"]) == (412, "/problems/stale", "version")
    assert second.json["version"] == 2
    assert second.json["changed"] == [
        {
            "version": 2,
            "subject": "order",
            "verb": "set_invoice_number",
            "actor": "key:ana",
            "at": "2026-03-02T12:00:00Z",
            "detail": {"from": None, "to": "R-1"},
        }
    ]
    assert contents(shop.services) == before

    again = _invoiced(eve, number, "R-2", second.json["version"])
    assert (again.status_code, again.json["invoice_number"], again.json["version"]) == (200, "R-2", 3)


@pytest.mark.rule("RO2")
def test_of_many_at_once_one_writes(shop: Shop, api: Api) -> None:
    number = _order(shop)
    callers = [api.caller(Role.CSR, name=f"csr {n}") for n in range(4)]

    with ThreadPoolExecutor(len(callers)) as threads:
        answers = list(
            threads.map(lambda each: _invoiced(each[1], number, f"R-{each[0]}", 1).status_code, enumerate(callers))
        )

    assert sorted(answers) == [200, 412, 412, 412]
    assert rows(shop.services, "SELECT version FROM timeline WHERE verb = 'set_invoice_number'") == [(2,)]
    assert broken(shop.services) == {}


@pytest.mark.rule("RO2")
def test_a_change_without_a_version_is_refused(shop: Shop, csr: Caller) -> None:
    number = _order(shop)
    before = contents(shop.services)

    answer = _invoiced(csr, number, "R-1", None)

    assert (answer.status_code, answer.json["type"]) == (428, "/problems/if_match_missing")
    assert contents(shop.services) == before


@pytest.mark.parametrize("said", ['W/"1"', "1", '"x"', '"0"', '"1', '"1", W/"2"', '"1" "2"', ",", '"1",', '"9"' * 99])
def test_a_version_that_is_none_of_ours_is_refused(shop: Shop, csr: Caller, said: str) -> None:
    number = _order(shop)
    before = contents(shop.services)

    answer = _invoiced(csr, number, "R-1", said)

    assert (answer.status_code, answer.json["type"]) == (400, "/problems/if_match_malformed")
    assert contents(shop.services) == before


@pytest.mark.parametrize("said", ["*", '"1"', '"7", "1"', '"1","1"'])
def test_any_version_or_one_of_several_will_do(shop: Shop, csr: Caller, said: str) -> None:
    number = _order(shop)

    assert _invoiced(csr, number, "R-1", said).status_code == 200


def test_an_order_that_is_not_there_is_not_found_by_any_version(csr: Caller) -> None:
    assert _invoiced(csr, "PO1", "R-1", "*").status_code == 404
    assert _invoiced(csr, "PO1", "R-1", 1).status_code == 404


@pytest.mark.rule("RO2")
def test_a_command_may_name_the_version_it_goes_by(shop: Shop, csr: Caller, storefront: Caller) -> None:
    shop.sells("MUG")
    number = storefront.post("/v1/checkouts", a_checkout()).json["number"]
    csr.post(f"/v1/orders/{number}/holds", {"reason": "look"})
    hold = csr.get(f"/v1/orders/{number}").json["holds"][0]["id"]
    csr.post(f"/v1/orders/{number}/holds/{hold}/release", {})
    before = contents(shop.services)
    cancellation = f"/v1/orders/{number}/cancellation"

    stale = storefront.post(cancellation, CANCELLATION, headers={"If-Match": '"1"'})
    malformed = csr.post(cancellation, CANCELLATION, headers={"If-Match": "1"})

    assert (stale.status_code, stale.json["version"], stale.json["changed"]) == (412, 3, [])  # holds are not its affair
    assert malformed.status_code == 400
    assert contents(shop.services) == before
    allowed = csr.post(cancellation, CANCELLATION, key="once", headers={"If-Match": '"3"'})
    repeated = csr.post(cancellation, CANCELLATION, key="once", headers={"If-Match": '"3"'})
    assert (allowed.status_code, allowed.headers["ETag"]) == (200, '"4"')
    assert (repeated.status_code, repeated.headers["Idempotent-Replayed"]) == (200, "true")


def test_a_storefront_learns_nothing_of_the_orders_of_others(shop: Shop, csr: Caller, storefront: Caller) -> None:
    shop.sells("MUG")
    number = csr.post("/v1/checkouts", a_checkout()).json["number"]

    answer = storefront.post(f"/v1/orders/{number}/cancellation", CANCELLATION, headers={"If-Match": '"9"'})

    assert (answer.status_code, "version" in answer.json) == (404, False)


@pytest.mark.rule("RO2")
def test_whatever_a_person_does_to_an_order_makes_a_version(shop: Shop, csr: Caller) -> None:
    number = _order(shop)
    path = f"/v1/orders/{number}"
    payment = csr.get(path).json["payments"][0]["id"]
    hold = csr.post(f"{path}/holds", {"reason": "look"}).json["id"]
    csr.post(f"{path}/holds/{hold}/release", {})
    csr.post(f"/v1/payments/{payment}/captures", {"amount": {"amount": 400, "currency": "GBP"}})
    work_off(shop.services)
    csr.post(f"/v1/payments/{payment}/refunds", {"reason": "late", "amount": {"amount": 100, "currency": "GBP"}})
    work_off(shop.services)
    csr.post(f"/v1/payments/{payment}/voids", {})
    work_off(shop.services)
    csr.post(f"{path}/payments", {"method": "manual", "amount": {"amount": 100, "currency": "GBP"}})
    csr.post(f"{path}/payments", {"method": "card", "token": "tok_ok", "amount": {"amount": 100, "currency": "GBP"}})
    csr.post(f"{path}/cancellation", CANCELLATION)
    work_off(shop.services)

    entries = csr.get(f"{path}/timeline", limit=200).json["entries"]

    assert csr.get(path).json["version"] == 9
    assert [
        (each["version"], each["verb"]) for each in entries if each["version"] and each["subject"] != "shipment"
    ] == [
        (2, "hold"),
        (3, "release_hold"),
        (4, "request_capture"),
        (5, "request_refund"),
        (6, "request_void"),
        (7, "receive_manual_payment"),
        (8, "add_payment"),
        (9, "cancel"),
    ]
    assert broken(shop.services) == {}
