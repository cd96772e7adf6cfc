"""The list of authorizations that end soon, for those who look after money."""

from datetime import timedelta

from api_client import Caller, pence
from builders import Shop, broken, work_off

from fulfillment.workflow.sweeps import run_sweep


def test_what_ends_soon_is_listed_the_next_first_and_page_by_page(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=1000, A=10)
    shop.gateway.authorization_life = timedelta(days=7)
    orders = []
    for _ in range(3):
        orders.append(shop.up_to("assigned", ("MUG", 1)))
        shop.clock.forward(hours=1)
    shop.brings(orders[1].id, "shipped")
    until = (shop.now + timedelta(days=7)).isoformat().replace("+00:00", "Z")

    first = csr.get(f"/v1/payments?expires_before={until}&limit=1").json
    second = csr.get(first["next"]).json

    assert [each["order"] for page in (first, second) for each in page["payments"]] == [
        orders[0].number,
        orders[2].number,
    ]
    assert second["next"] is None
    assert first["payments"][0] == {
        "id": shop.payments(orders[0].id)[0],
        "order": orders[0].number,
        "open": pence(1000),
        "expires_at": "2026-03-09T12:00:00Z",
        "on_hold": False,
        "renewed_by": None,
    }
    payment = csr.get(f"/v1/payments/{shop.payments(orders[0].id)[0]}").json
    assert (payment["expires_at"], payment["renews"]) == ("2026-03-09T12:00:00Z", None)
    early = csr.get("/v1/payments?expires_before=2026-03-09T12:00:00Z").json
    assert early["payments"] == []
    assert csr.get("/v1/payments").status_code == 422
    assert csr.get(f"/v1/payments?expires_before={until}&cursor=x").status_code == 422


def test_an_authorization_that_does_not_end_is_not_listed(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", A=1)
    shop.places(("MUG", 1))
    work_off(shop.services)

    assert csr.get("/v1/payments?expires_before=2199-01-01T00:00:00Z").json == {"payments": [], "next": None}


def test_a_declined_renewal_shows_in_the_list_and_in_the_explanation_with_its_remedy(shop: Shop, csr: Caller) -> None:
    shop.sells("MUG", price=1000)
    shop.gateway.authorization_life = timedelta(days=7)
    placed = shop.up_to("assigned", ("MUG", 1))
    shop.clock.forward(days=6, hours=1)
    shop.gateway.will("refuse")
    run_sweep(shop.services, "sweeps.renew_authorizations")
    work_off(shop.services)
    first, second = shop.payments(placed.id)

    [listed] = csr.get("/v1/payments?expires_before=2026-03-10T00:00:00Z").json["payments"]
    explanation = csr.get(f"/v1/orders/{placed.number}/explanation").json
    [ending] = [each for each in explanation["blockers"] if each["code"] == "authorization_ends"]
    answer = csr.post(ending["call"]["path"], ending["call"]["body"])

    assert (listed["on_hold"], listed["renewed_by"]) == (True, {"id": second, "declined": "refused"})
    assert csr.get(f"/v1/payments/{second}").json["renews"] == first
    assert ending["evidence"] == {
        "payment_id": first,
        "open": pence(1000),
        "expires_at": "2026-03-09T12:00:00Z",
        "declined": "refused",
    }
    assert (ending["who"], "until 2026-03-09 12:00 UTC" in ending["reason"]) == (["customer", "csr", "admin"], True)
    assert answer.status_code == 201
    work_off(shop.services)
    codes = {each["code"] for each in csr.get(f"/v1/orders/{placed.number}/explanation").json["blockers"]}
    assert "authorization_ends" not in codes
    assert csr.get(f"/v1/payments/{first}").json["voided"] == pence(1000)
    assert broken(shop.services) == {}
