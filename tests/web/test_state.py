"""PUT of an order's state over HTTP: the verb behind the name runs, with its guards."""

import pytest
from api_client import Api, Caller, contents
from builders import Shop, broken, rows, work_off

from fulfillment.access.models import Role

CANCELED = {"state": "Canceled", "reason": "stolen card", "notify_customer": False}


@pytest.fixture
def number(shop: Shop) -> str:
    """An order that waits for its release."""
    shop.sells("MUG", A=9)
    return shop.up_to("assigned", ("MUG", 1)).number


def _path(number: str) -> str:
    return f"/v1/orders/{number}/state"


def _seen(caller: Caller, number: str) -> tuple[str, str]:
    order = caller.get(f"/v1/orders/{number}").json
    return order["state"], order["status"]


@pytest.mark.rule("OL18")
def test_an_order_goes_through_the_default_states(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=9)
    placed = shop.places(("MUG", 1))
    seen = [_seen(csr, placed.number)]
    work_off(shop.services)
    seen.append(_seen(csr, placed.number))
    csr.change("PUT", _path(placed.number), {"state": "Fraud"})
    seen.append(_seen(csr, placed.number))
    csr.change("PUT", _path(placed.number), {"state": "Processing"})
    shop.brings(placed.id, "shipped")
    seen.append(_seen(csr, placed.number))

    assert seen == [
        ("New", "in_progress"),
        ("Processing", "in_progress"),
        ("Fraud", "on_hold"),
        ("Completed", "completed"),
    ]


@pytest.mark.rule("OL18")
def test_completed_is_never_set(shop: Shop, csr: Caller, number: str) -> None:
    before = contents(shop.services)

    answer = csr.change("PUT", _path(number), {"state": "Completed"})

    assert (answer.status_code, answer.json["guard"]) == (409, "derived")
    assert answer.json["detail"] == "Completed is never set: an order is Completed when everything has shipped"
    assert contents(shop.services) == before


@pytest.mark.rule("OL19")
@pytest.mark.parametrize("first", ["Processing", "Fraud"])
def test_from_processing_and_from_fraud_an_order_is_suspended(shop: Shop, csr: Caller, number: str, first: str) -> None:
    csr.change("PUT", _path(number), {"state": first})

    answer = csr.change("PUT", _path(number), {"state": "Suspended", "reason": "waiting for the bank"})

    assert (answer.status_code, answer.json["state"], answer.json["status"]) == (200, "Suspended", "on_hold")
    open_holds = rows(shop.services, "SELECT reason, note FROM hold WHERE status = 'open'")
    assert open_holds == [("Suspended", "waiting for the bank")]


@pytest.mark.rule("OL19")
def test_a_new_order_is_not_suspended(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG")
    number = shop.places(("MUG", 1), tokens=()).number
    before = contents(shop.services)

    answer = csr.change("PUT", _path(number), {"state": "Suspended"})

    assert (answer.status_code, answer.json["guard"]) == (409, "no_transition")
    assert answer.json["possible"] == ["Fraud", "Canceled"]
    assert contents(shop.services) == before


@pytest.mark.rule("OL20")
def test_a_state_that_a_client_made_runs_its_verb(shop: Shop, csr: Caller, admin: Caller, number: str) -> None:
    states = [*admin.get("/v1/order-configurations/Default").json["states"]]
    ways = admin.get("/v1/order-configurations/Default").json["transitions"]
    admin.post(
        "/v1/order-configurations",
        {
            "name": "Ours",
            "states": [*states, {"name": "Awaiting call", "meaning": "hold", "reason": "verify order"}],
            "transitions": [
                *ways,
                {"from": "Processing", "to": "Awaiting call"},
                {"from": "Awaiting call", "to": "Processing"},
            ],
            "activate": True,
        },
    )

    held = csr.change("PUT", _path(number), {"state": "awaiting call"}).json
    let_go = csr.change("PUT", _path(number), {"state": "Processing"}).json

    assert (held["state"], held["holds"][0]["reason"]) == ("Awaiting call", "verify order")
    assert (let_go["state"], let_go["holds"][0]["status"]) == ("Processing", "released")
    unknown = csr.change("PUT", _path(number), {"state": "Shipped"})
    assert (unknown.status_code, unknown.json["type"]) == (422, "/problems/unknown_state")


def test_fraud_is_canceled_without_slipping_out_between(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=9)
    placed = shop.up_to("released", ("MUG", 1), market="UK")
    csr.change("PUT", _path(placed.number), {"state": "Fraud"})

    answer = csr.change("PUT", _path(placed.number), CANCELED)
    work_off(shop.services)

    assert (answer.status_code, answer.json["state"], answer.json["cancel_reason"]) == (200, "Canceled", "stolen card")
    assert shop.statuses(placed.id) == ["canceled"]
    assert [each for each in shop.mails() if "cancel" in each.lower()] == []
    assert broken(shop.services) == {}


def test_a_cancellation_says_why_and_whether_the_customer_is_told(shop: Shop, csr: Caller, number: str) -> None:
    before = contents(shop.services)

    answer = csr.change("PUT", _path(number), {"state": "Canceled"})

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/cancellation_incomplete")
    assert contents(shop.services) == before


def test_two_people_do_not_overwrite_one_another(shop: Shop, csr: Caller, number: str) -> None:
    version = csr.get(f"/v1/orders/{number}").json["version"]
    csr.change("PUT", _path(number), {"state": "Fraud"}, version=version)
    before = contents(shop.services)

    late = csr.change("PUT", _path(number), {"state": "Suspended"}, version=version)

    assert late.status_code == 412
    assert [each["verb"] for each in late.json["changed"]] == ["hold", "set_state"]
    assert csr.change("PUT", _path(number), {"state": "Suspended"}, version=None).status_code == 428
    assert contents(shop.services) == before


def test_who_set_it_stands_on_the_timeline(api: Api, number: str) -> None:
    ana = api.caller(Role.CSR, name="ana")
    ana.change("PUT", _path(number), {"state": "Fraud", "reason": "card tester?"})

    told = [each for each in ana.get(f"/v1/orders/{number}/timeline").json["entries"] if each["verb"] == "set_state"]

    assert [(each["actor"], each["detail"]) for each in told] == [
        ("key:ana", {"from": "Processing", "to": "Fraud", "reason": "card tester?"})
    ]
