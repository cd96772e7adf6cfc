"""Stripe alone: its currencies, its errors, and what it does that the simulated gateway does not."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from gateway_sides import StripeSide
from stripe_double import StripeDouble
from stripe_double.books import DAY, ONE_CAPTURE

from fulfillment.payments.gateway import Answer, Operation, Result
from fulfillment.payments.gateway.port import Action
from fulfillment.payments.gateway.stripe.amounts import CannotAsk, from_stripe, to_stripe
from fulfillment.payments.gateway.stripe.gateway import StripeGateway


@pytest.fixture(scope="module")
def double() -> Iterator[StripeDouble]:
    with StripeDouble() as started:
        yield started


@pytest.fixture
def side(double: StripeDouble) -> Iterator[StripeSide]:
    made = StripeSide(double)
    double.books.lag, double.books.refund_status = 0, "succeeded"
    yield made
    made.gateway.close()


class TestAmounts:
    @pytest.mark.parametrize(
        ("ours", "currency", "stripes"),
        [
            (1250, "GBP", 1250),
            (500, "JPY", 500),
            (5, "ISK", 500),  # hundredths that must be 00
            (5, "UGX", 500),
            (5120, "KWD", 5120),  # three decimals, the last of them 0
            (500, "MGA", 5),  # hundredths of ours, whole ones of Stripe's
            (1045, "HUF", 1045),
        ],
    )
    def test_are_said_in_stripes_units(self, ours: int, currency: str, stripes: int) -> None:
        assert to_stripe(ours, currency) == stripes
        assert from_stripe(stripes, currency) == ours

    @pytest.mark.parametrize(("amount", "currency"), [(5124, "KWD"), (501, "MGA"), (1000, "IQD"), (1000, "LYD")])
    def test_are_never_rounded(self, side: StripeSide, amount: int, currency: str) -> None:
        with pytest.raises(CannotAsk):
            to_stripe(amount, currency)
        request = side.asked(amount=amount, currency=currency)

        [answer] = side.gateway.send([request])

        assert (answer.result, answer.code) == (Result.FAILED, "invalid_request")
        assert side.double.calls_of(request.key) == 0

    @pytest.mark.parametrize(("currency", "amount", "part"), [("JPY", 500, 200), ("KWD", 5120, 2050), ("ISK", 7, 3)])
    def test_come_back_as_ours(self, side: StripeSide, currency: str, amount: int, part: int) -> None:
        reference = side.authorized(amount, currency=currency)

        side.send(Operation.CAPTURE, part, reference=reference, currency=currency)
        side.send(Operation.VOID, amount - part, reference=reference, currency=currency)
        side.send(Operation.REFUND, part, reference=reference, currency=currency)

        assert side.told(reference).currency == currency
        assert side.moved(reference) == [
            ("authorize", amount),
            ("capture", part),
            ("void", amount - part),
            ("refund", part),
        ]


class TestTrouble:
    """Nothing that is not clear is taken for a no."""

    @pytest.mark.parametrize(
        ("kind", "code"),
        [("rate_limit", "lock_timeout"), ("garbage", "not_stripe"), ("error_kept", "http_500"), ("cut", "connection")],
    )
    def test_is_unknown(self, side: StripeSide, kind: str, code: str) -> None:
        side.double.arm(kind, "/v1/payment_intents")

        answer = side.send()

        assert (answer.result, answer.reference, answer.code) == (Result.UNKNOWN, None, code)

    def test_a_wrong_key_of_ours_declines_nobodys_card(self, side: StripeSide) -> None:
        request = side.asked()
        stranger = StripeGateway("sk_test_wrong", address=side.double.url)

        answers = stranger.send([request]) + stranger.find([request]) + stranger.history(["pi_1"])
        stranger.close()

        assert {(one.result, one.code) for one in answers if isinstance(one, Answer)} == {
            (Result.UNKNOWN, "not_authenticated")
        }
        assert side.effects(request) == 0

    def test_an_error_that_stripe_keeps_stays_unknown_and_nothing_is_done(self, side: StripeSide) -> None:
        request = side.asked()
        side.double.arm("error_kept", "/v1/payment_intents")
        side.gateway.send([request])

        [again] = side.gateway.send([request])

        assert (again.result, again.code) == (Result.UNKNOWN, "http_500")
        assert side.gateway.find([request]) == [None]
        assert side.effects(request) == 0

    def test_what_the_search_does_not_know_yet_is_found_by_sending_it_again(self, side: StripeSide) -> None:
        side.double.books.lag = 60
        request = side.asked()
        side.fail("cut", Operation.AUTHORIZE)
        side.gateway.send([request])

        [found], [again] = side.gateway.find([request]), side.gateway.send([request])
        side.double.books.pass_time(60)

        assert found is None
        assert again.result is Result.SUCCEEDED
        assert side.gateway.find([request]) == [again]
        assert side.effects(request) == 1

    def test_what_is_left_of_a_forgotten_key_is_still_found(self, side: StripeSide) -> None:
        reference = side.authorized(1000)
        requests = [
            side.asked(),
            side.asked(Operation.CAPTURE, 600, reference=reference),
            side.asked(Operation.VOID, 400, reference=reference),
            side.asked(Operation.REFUND, 600, reference=reference),
        ]
        sent = [side.gateway.send([request])[0] for request in requests]
        side.double.forget_keys()

        assert side.gateway.find(requests) == sent


class TestTheCustomerActs:
    def test_an_authorization_waits_for_the_customer_and_then_stands(self, side: StripeSide) -> None:
        request = side.asked(token="pm_card_authenticationRequired")
        [asked] = side.gateway.send([request])
        assert (asked.result, asked.code) == (Result.UNKNOWN, "requires_action")
        secret = side.double.books.intent(asked.reference or "")["client_secret"]
        assert asked.action == Action(client_secret=secret, url=None)
        assert side.gateway.find([request]) == [asked] == side.gateway.send([request])

        side.double.books.customer_acts(asked.reference or "")

        [found], [again] = side.gateway.find([request]), side.gateway.send([request])
        assert found == again
        assert (found.result, found.reference) == (Result.SUCCEEDED, asked.reference)
        assert side.moved(asked.reference or "") == [("authorize", 1000)]

    def test_a_customer_who_does_not_agree_is_a_decline(self, side: StripeSide) -> None:
        request = side.asked(token="pm_card_authenticationRequired")
        [asked] = side.gateway.send([request])

        side.double.books.customer_acts(asked.reference or "", agrees=False)

        [found] = side.gateway.find([request])
        assert (found.result, found.code) == (Result.FAILED, "payment_intent_authentication_failure")
        assert side.moved(asked.reference or "") == []

    def test_who_does_not_act_is_let_go(self, side: StripeSide) -> None:
        request = side.asked(token="pm_card_authenticationRequired")
        [asked] = side.gateway.send([request])

        side.send(Operation.VOID, 1000, reference=asked.reference)

        [found] = side.gateway.find([request])
        assert (found.result, found.code) == (Result.FAILED, "canceled")
        assert side.double.books.intent(asked.reference or "")["status"] == "canceled"


class TestRefundsUnderWay:
    def test_a_refund_that_is_pending_is_unknown_until_it_is_done(self, side: StripeSide) -> None:
        reference = side.authorized(1000)
        side.send(Operation.CAPTURE, 1000, reference=reference)
        side.double.books.refund_status = "pending"
        request = side.asked(Operation.REFUND, 400, reference=reference)

        [sent] = side.gateway.send([request])
        [found] = side.gateway.find([request])
        [refund] = [one for one in side.double.books.refunds.values() if one["metadata"]["key"] == request.key]
        refund["status"] = "succeeded"

        assert (sent.result, sent.code) == (Result.UNKNOWN, "refund_pending") == (found.result, found.code)
        assert side.gateway.find([request]) == [Answer(Result.SUCCEEDED, refund["id"], None, None)]

    def test_a_refund_that_came_to_nothing_is_a_no(self, side: StripeSide) -> None:
        reference = side.authorized(1000)
        side.send(Operation.CAPTURE, 1000, reference=reference)
        side.double.books.refund_status = "failed"

        answer = side.send(Operation.REFUND, 400, reference=reference)

        assert (answer.result, answer.code) == (Result.FAILED, "refund_failed")
        assert side.moved(reference) == [("authorize", 1000), ("capture", 1000)]


class TestHistory:
    def test_tells_what_somebody_did_in_stripes_own_pages(self, side: StripeSide) -> None:
        reference = side.authorized(1000)
        ours = side.asked(Operation.CAPTURE, 300, reference=reference)
        side.gateway.send([ours])
        intent = side.double.books.intent(reference)
        intent["amount_received"] += 200
        intent["amount_capturable"] -= 200

        told = side.told(reference).transactions

        assert [(one.kind, one.key, one.amount) for one in told[1:]] == [
            ("capture", ours.key, 300),
            ("capture", None, 200),
        ]

    def test_tells_of_a_bank_that_took_the_money_back_and_gave_it_again(self, side: StripeSide) -> None:
        reference = side.authorized(1000)
        side.send(Operation.CAPTURE, 1000, reference=reference)
        dispute = side.double.books.dispute(reference, 700)
        assert side.moved(reference)[2:] == [("chargeback", 700)]

        side.double.books.win(dispute)

        assert side.moved(reference)[2:] == [("chargeback", 700), ("chargeback_reversed", 700)]

    def test_what_several_captures_left_open_ends_with_its_time(self, side: StripeSide) -> None:
        reference = side.authorized(1000)
        side.send(Operation.CAPTURE, 300, reference=reference)
        side.expire(reference)

        late = [
            side.send(Operation.CAPTURE, 700, reference=reference),
            side.send(Operation.VOID, 700, reference=reference),
        ]

        assert [(one.result, one.code) for one in late] == [(Result.FAILED, "authorization_expired")] * 2
        assert side.moved(reference) == [("authorize", 1000), ("capture", 300), ("expire", 700)]

    def test_a_card_that_is_captured_once_shows_what_that_let_go(self, side: StripeSide) -> None:
        reference = side.authorized(1000, token=ONE_CAPTURE)

        captured = side.send(Operation.CAPTURE, 300, reference=reference)
        more = side.send(Operation.CAPTURE, 1, reference=reference)

        assert (captured.result, captured.released) == (Result.SUCCEEDED, 700)
        assert side.told(reference).transactions[-1].by_capture
        assert (more.result, more.code) == (Result.FAILED, "over_capture")
        assert side.moved(reference) == [("authorize", 1000), ("capture", 300), ("void", 700)]


def test_says_until_when_an_authorization_can_be_captured(side: StripeSide) -> None:
    answer = side.send()

    assert answer.expires_at == datetime.fromtimestamp(side.double.books.now + 7 * DAY, UTC)


def test_more_refunds_than_a_page_holds_are_all_seen(side: StripeSide) -> None:
    reference = side.authorized(1000)
    side.send(Operation.CAPTURE, 1000, reference=reference)
    first = side.asked(Operation.REFUND, 1, reference=reference)
    [done] = side.gateway.send([first])
    side.gateway.send([side.asked(Operation.REFUND, 1, reference=reference) for _ in range(110)])

    assert side.moved(reference).count(("refund", 1)) == 111
    assert side.gateway.find([first]) == [done]
