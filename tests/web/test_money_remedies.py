"""What is refused of money says what would help, in amounts that can be asked for. (PY4)"""

from api_client import Api, Caller, pence
from builders import Shop, broken, work_off

from fulfillment.access.models import Role


def refused(caller: Caller, path: str, body: dict[str, object]) -> tuple[str, str]:
    """The code of a refusal, and its remedy."""
    answer = caller.post(path, body)
    assert answer.status_code in (409, 422)
    return answer.json["type"].removeprefix("/problems/"), answer.json["remedy"]


def test_each_refusal_of_a_payment_says_what_would_help(shop: Shop, api: Api) -> None:
    csr = api.caller(Role.CSR)
    shop.sells("MUG", A=5)
    placed = shop.places(("MUG", 1))
    [payment] = shop.payments(placed.id)
    captures, refunds, chargebacks = (
        f"/v1/payments/{payment}/{noun}" for noun in ("captures", "refunds", "chargebacks")
    )
    back = {"reason": "broken"}

    assert refused(csr, captures, {}) == ("over_capture", "wait until the payment is authorized")
    work_off(shop.services)
    at_most = "ask for more than nothing, and at most 10.00 GBP"
    assert refused(csr, captures, {"amount": pence(1001)}) == ("over_capture", at_most)
    assert refused(csr, captures, {"amount": pence(0)}) == ("over_capture", at_most)
    euros = {"amount": {"amount": 1, "currency": "EUR"}}
    assert refused(csr, captures, euros) == ("currency_mismatch", "send the amount in GBP")
    voided = f"what is authorized and not captured is voided: POST /v1/payments/{payment}/voids"
    assert refused(csr, refunds, back) == ("over_refund", voided)
    assert refused(csr, chargebacks, back)[1] == "compare with the gateway's records: sync the payments of its order"

    shop.captures(payment)
    assert refused(csr, captures, {}) == ("over_capture", "wait for what is on its way: read the payment")
    work_off(shop.services)
    done = "nothing is to be done: all that the order costs is taken, or about to be"
    assert refused(csr, captures, {}) == ("over_capture", done)
    assert refused(csr, refunds, {**back, "amount": pence(1001)}) == ("over_refund", at_most)
    beyond = "ask for at most 10.00 GBP, or compare with the gateway's records"
    assert refused(csr, chargebacks, {**back, "amount": pence(1001)}) == ("over_chargeback", beyond)

    shop.refunds(payment)
    on_its_way = "nothing is to be done: all that is kept is on its way back"
    assert refused(csr, refunds, back) == ("over_refund", on_its_way)
    work_off(shop.services)
    gone = "nothing is kept of it: read the order's payments for where its money is"
    assert refused(csr, refunds, back) == ("over_refund", gone)
    assert broken(shop.services) == {}


def test_where_nothing_is_authorized_any_more_another_payment_is_named(shop: Shop, api: Api) -> None:
    shop.sells("MUG", A=5)
    placed = shop.up_to("assigned", ("MUG", 1))
    [payment] = shop.payments(placed.id)
    shop.voids(payment)
    work_off(shop.services)

    more = f"add a payment: POST /v1/orders/{placed.number}/payments"
    assert refused(api.caller(Role.CSR), f"/v1/payments/{payment}/captures", {}) == ("over_capture", more)
