"""POST /v1/payment-attempts/{id}/outcome: what nobody can ask the gateway about is decided by a person, once."""

from typing import Any

import pytest
from api_client import Caller, contents, pence
from builders import Shop, broken, hasten, one, work_off

from fulfillment.payments.gateway.port import Operation

EVIDENCE = "statement of 21 November, line 7"


@pytest.fixture
def lost_capture(shop: Shop) -> int:
    """The capture of goods that have left: its answer was cut off, and the gateway has forgotten the key."""
    shop.sells("MUG", price=1000, A=5)
    placed = shop.up_to("packing", ("MUG", 1))
    shop.gateway.will("cut after")
    shop.completes(placed.id)
    work_off(shop.services)
    shop.gateway.books.clear()
    shop.clock.forward(hours=24)
    hasten(shop.services)
    work_off(shop.services)
    attempt_id: int = one(shop.services, "SELECT id FROM payment_attempt WHERE kind = 'capture' AND status = 'unknown'")
    return attempt_id


def decide(admin: Caller, attempt_id: int, **body: Any) -> Any:
    return admin.post(f"/v1/payment-attempts/{attempt_id}/outcome", {"note": EVIDENCE, **body})


def test_money_that_moved_is_entered_with_its_evidence(shop: Shop, admin: Caller, lost_capture: int) -> None:
    answer = decide(admin, lost_capture, outcome="succeeded", reference="cap_9")

    work_off(shop.services)
    assert answer.status_code == 200
    [capture] = [each for each in answer.json["transactions"] if each["kind"] == "capture"]
    assert (capture["status"], capture["reference"], capture["message"]) == ("succeeded", "cap_9", EVIDENCE)
    assert answer.json["captured"]["amount"] == 1000
    assert len(shop.gateway.moved(Operation.CAPTURE)) == 1
    assert one(shop.services, "SELECT payment_status FROM purchase_order") == "paid"
    assert one(shop.services, "SELECT count(*) FROM dispatch") == 0
    assert broken(shop.services) == {}


def test_money_that_did_not_move_is_asked_for_anew_under_another_key(
    shop: Shop, admin: Caller, lost_capture: int
) -> None:
    lost_key = shop.gateway.sent[-1].key

    decide(admin, lost_capture, outcome="failed")

    work_off(shop.services)
    assert shop.gateway.sent[-1].operation == Operation.CAPTURE
    assert shop.gateway.sent[-1].key != lost_key
    assert one(shop.services, "SELECT code, message FROM payment_attempt WHERE id = :id", id=lost_capture) == (
        "settled_by_hand",
        EVIDENCE,
    )
    assert broken(shop.services) == {}


def test_it_is_listed_with_the_evidence_and_not_for_customer_service_to_decide(
    shop: Shop, admin: Caller, csr: Caller, lost_capture: int
) -> None:
    [listed] = csr.get("/v1/payment-attempts", status="unknown").json["attempts"]
    refused = csr.post(f"/v1/payment-attempts/{lost_capture}/outcome", {"outcome": "failed", "note": EVIDENCE})

    assert (listed["id"], listed["kind"], listed["amount"], listed["sends"]) == (
        lost_capture,
        "capture",
        pence(1000),
        2,
    )
    assert (listed["key"], listed["code"]) == (shop.gateway.sent[-1].key, "timeout")
    assert "no longer knows the key" in listed["error"]
    assert csr.get("/v1/payment-attempts", status="by_hand").json["attempts"] == []
    assert (refused.status_code, refused.json["guard"]) == (403, "role")
    assert decide(admin, lost_capture, outcome="succeeded", reference="cap_9").status_code == 200
    assert csr.get("/v1/payment-attempts").json["attempts"] == []


def test_it_is_decided_once(shop: Shop, admin: Caller, lost_capture: int) -> None:
    decide(admin, lost_capture, outcome="succeeded", reference="cap_9")
    before = contents(shop.services)

    again = decide(admin, lost_capture, outcome="failed")

    assert (again.status_code, again.json["type"]) == (409, "/problems/decided")
    assert contents(shop.services) == before


def test_nobody_decides_while_the_gateway_can_be_asked(shop: Shop, admin: Caller) -> None:
    shop.sells("MUG", A=5)
    shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    attempt_id = one(shop.services, "SELECT id FROM payment_attempt")
    before = contents(shop.services)

    answer = decide(admin, attempt_id, outcome="failed")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/still_asked")
    assert contents(shop.services) == before


def test_a_success_without_a_reference_is_refused(shop: Shop, admin: Caller, lost_capture: int) -> None:
    before = contents(shop.services)

    answer = decide(admin, lost_capture, outcome="succeeded")

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/no_reference")
    assert contents(shop.services) == before


def test_an_authorization_that_did_not_happen_counts_as_declined(shop: Shop, admin: Caller) -> None:
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    shop.gateway.will("cut after")
    work_off(shop.services)
    shop.gateway.books.clear()
    shop.clock.forward(hours=24)
    hasten(shop.services)
    work_off(shop.services)

    decide(admin, one(shop.services, "SELECT id FROM payment_attempt"), outcome="failed")

    work_off(shop.services)
    assert shop.order(placed.id) == ("in_progress", "declined")
    assert len(shop.gateway.sent) == 1
    assert broken(shop.services) == {}
