"""What every payment gateway promises that keeps books: tried on the simulated one and on Stripe."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gateway_sides import Side, SimulatedSide, StripeSide
from simulated_gateway import SimulatedGateway
from stripe_double import StripeDouble

from fulfillment.payments.gateway import Answer, Operation, Request, Result


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedGateway]:
    with SimulatedGateway(tmp_path_factory.mktemp("gateway") / "books.sqlite3") as started:
        yield started


@pytest.fixture(scope="module")
def double() -> Iterator[StripeDouble]:
    with StripeDouble() as started:
        yield started


@pytest.fixture(params=["simulated", "stripe"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    if request.param == "simulated":
        made: Side = SimulatedSide(request.getfixturevalue("simulator"))
    else:
        made = StripeSide(request.getfixturevalue("double"))
    yield made
    made.gateway.close()


def test_takes_all_and_gives_a_part_back(side: Side) -> None:
    reference = side.authorized(1000)

    captured = side.send(Operation.CAPTURE, 1000, reference=reference)
    of_all = side.send(Operation.REFUND, 250, reference=reference)
    of_the_capture = side.send(Operation.REFUND, 750, reference=captured.reference)

    assert [one.result for one in (captured, of_all, of_the_capture)] == [Result.SUCCEEDED] * 3
    assert len({reference, captured.reference, of_all.reference, of_the_capture.reference}) == 4
    assert side.moved(reference) == [("authorize", 1000), ("capture", 1000), ("refund", 250), ("refund", 750)]


def test_takes_parts_one_after_the_other_and_lets_go_of_the_rest(side: Side) -> None:
    reference = side.authorized(1000)

    answers = [side.send(Operation.CAPTURE, amount, reference=reference) for amount in (300, 1, 299)]
    answers.append(side.send(Operation.VOID, 400, reference=reference))

    assert [one.result for one in answers] == [Result.SUCCEEDED] * 4
    assert side.moved(reference) == [
        ("authorize", 1000),
        ("capture", 300),
        ("capture", 1),
        ("capture", 299),
        ("void", 400),
    ]


def test_lets_go_of_what_was_never_taken(side: Side) -> None:
    reference = side.authorized(1000)

    answer = side.send(Operation.VOID, 1000, reference=reference)

    assert answer.result is Result.SUCCEEDED
    assert answer.reference not in (None, reference)
    assert side.moved(reference) == [("authorize", 1000), ("void", 1000)]


@pytest.mark.parametrize(
    ("token", "code"),
    [("tok_declined", "card_declined"), ("tok_insufficient", "insufficient_funds"), ("tok_expired", "expired_card")],
)
def test_says_why_a_card_is_declined(side: Side, token: str, code: str) -> None:
    request = side.asked(token=token)

    [answer] = side.gateway.send([request])

    assert (answer.result, answer.code) == (Result.FAILED, code)
    assert side.gateway.find([request]) == [answer]
    assert side.gateway.send([request]) == [answer]


class TestRefusals:
    """A no is final, and moves nothing."""

    def test_more_than_is_open_is_not_captured(self, side: Side) -> None:
        reference = side.authorized(1000)

        answer = side.send(Operation.CAPTURE, 1001, reference=reference)

        assert (answer.result, answer.code) == (Result.FAILED, "over_capture")
        assert side.moved(reference) == [("authorize", 1000)]

    def test_more_than_was_taken_is_not_refunded(self, side: Side) -> None:
        reference = side.authorized(1000)
        side.send(Operation.CAPTURE, 1000, reference=reference)
        side.send(Operation.REFUND, 600, reference=reference)

        answers = [side.send(Operation.REFUND, amount, reference=reference) for amount in (401, 400, 1)]

        assert [one.code for one in answers] == ["over_refund", None, "over_refund"]
        assert side.moved(reference)[2:] == [("refund", 600), ("refund", 400)]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"amount": 999}, "amount_not_open"),
            ({"currency": "EUR"}, "currency_mismatch"),
            ({"reference": "auth_of_nobody"}, "no_such_authorization"),
            ({"reference": "auth%2F?x=1#y"}, "no_such_authorization"),
        ],
    )
    def test_a_void_that_fits_no_authorization(self, side: Side, changes: dict[str, object], code: str) -> None:
        reference = side.authorized(1000)

        answer = side.send(Operation.VOID, **{"amount": 1000, "reference": reference, **changes})

        assert (answer.result, answer.code) == (Result.FAILED, code)
        assert side.moved(reference) == [("authorize", 1000)]

    def test_a_void_is_done_once(self, side: Side) -> None:
        reference = side.authorized(1000)
        side.send(Operation.VOID, 1000, reference=reference)

        answer = side.send(Operation.VOID, 1000, reference=reference)

        assert (answer.result, answer.code) == (Result.FAILED, "nothing_open")
        assert side.moved(reference) == [("authorize", 1000), ("void", 1000)]

    def test_what_lacks_its_reference_or_token_is_not_sent(self, side: Side) -> None:
        answers = [side.send(token=None), *(side.send(each, reference=None) for each in list(Operation)[1:])]

        assert [(one.result, one.code) for one in answers] == [(Result.FAILED, "invalid_request")] * 4

    @pytest.mark.parametrize("operation", [Operation.CAPTURE, Operation.VOID])
    def test_an_authorization_whose_time_is_over(self, side: Side, operation: Operation) -> None:
        answer = side.send(amount=1000)
        assert answer.expires_at is not None
        reference = answer.reference or ""
        side.expire(reference)

        late = side.send(operation, 1000, reference=reference)

        assert (late.result, late.code) == (Result.FAILED, "authorization_expired")
        assert side.moved(reference) == [("authorize", 1000), ("expire", 1000)]


class TestOneKeyOneEffect:
    @pytest.mark.parametrize("operation", list(Operation))
    def test_the_first_answer_comes_again(self, side: Side, operation: Operation) -> None:
        request = ready(side, operation)

        [first], [again] = side.gateway.send([request]), side.gateway.send([request])

        assert first.result is Result.SUCCEEDED
        assert again == first
        assert side.effects(request) == 1

    def test_of_twenty_at_once(self, side: Side) -> None:
        request = side.asked()

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(lambda _: side.gateway.send([request])[0], range(20)))

        assert {one.result for one in answers} <= {Result.SUCCEEDED, Result.UNKNOWN}
        assert len({one.reference for one in answers if one.result is Result.SUCCEEDED}) == 1
        assert side.effects(request) == 1

    def test_a_key_used_for_something_else_is_unknown(self, side: Side) -> None:
        request = side.asked(amount=1000)
        [first] = side.gateway.send([request])

        answer = side.send(amount=1001, key=request.key)

        assert (answer.result, answer.code) == (Result.UNKNOWN, "key_reused")
        assert side.effects(request) == 1
        assert side.moved(first.reference or "") == [("authorize", 1000)]


class TestFaults:
    @pytest.mark.parametrize("kind", ["error_before", "error_after", "cut_before", "cut", "timeout_after"])
    @pytest.mark.parametrize("operation", list(Operation))
    def test_an_unclear_answer_is_found_out_and_has_one_effect(
        self, side: Side, operation: Operation, kind: str
    ) -> None:
        request = ready(side, operation)
        side.fail(kind, operation)
        impatient = side.impatient()

        [answer] = impatient.send([request])
        impatient.close()
        done = side.effects(request)
        settled = found_or_sent(side, request)

        assert (answer.result, answer.reference) == (Result.UNKNOWN, None)
        assert done == (kind in ("error_after", "cut", "timeout_after"))
        assert settled.result is Result.SUCCEEDED
        assert side.effects(request) == 1
        assert found_or_sent(side, request) == settled

    def test_a_decline_that_was_not_heard_is_found_out(self, side: Side) -> None:
        request = side.asked(token="tok_declined")
        side.fail("cut", Operation.AUTHORIZE)

        [answer] = side.gateway.send([request])

        assert answer.result is Result.UNKNOWN
        assert (found_or_sent(side, request).result, found_or_sent(side, request).code) == (
            Result.FAILED,
            "card_declined",
        )

    def test_one_broken_member_leaves_its_set_alone(self, side: Side) -> None:
        side.fail("cut", Operation.AUTHORIZE)
        nonsense = side.asked(Operation.CAPTURE, reference=None)

        answers = side.gateway.send([*[side.asked() for _ in range(5)], nonsense])

        assert sorted(one.result.value for one in answers[:5]) == ["succeeded"] * 4 + ["unknown"]
        assert answers[5].result is Result.FAILED


class TestHistory:
    def test_tells_what_was_asked_for_with_its_key(self, side: Side) -> None:
        request = side.asked(amount=1000)
        [authorized] = side.gateway.send([request])
        reference = authorized.reference or ""
        capture = side.asked(Operation.CAPTURE, 1000, reference=reference)
        refund = side.asked(Operation.REFUND, 250, reference=reference)
        side.gateway.send([side.asked(Operation.CAPTURE, 1001, reference=reference)])
        [captured], [refunded] = side.gateway.send([capture]), side.gateway.send([refund])

        told = side.told(reference)

        assert (told.reference, told.currency, told.merchant_reference) == (reference, "GBP", "PO-1")
        assert [(one.kind, one.key, one.amount, one.reference) for one in told.transactions] == [
            ("authorize", request.key, 1000, reference),
            ("capture", capture.key, 1000, captured.reference),
            ("refund", refund.key, 250, refunded.reference),
        ]

    def test_of_a_set_answers_each_for_itself(self, side: Side) -> None:
        known = side.authorized(700)
        declined = side.send(token="tok_declined").reference or ""

        told = side.gateway.history(["auth_of_nobody", known, declined, "a/b?c#d%2F"])

        assert [one.code if isinstance(one, Answer) else len(one.transactions) for one in told] == [
            "no_such_authorization",
            1,
            0,
            "no_such_authorization",
        ]


def ready(side: Side, operation: Operation) -> Request:
    """A request of 1000 that will be done, with what must come before it."""
    if operation is Operation.AUTHORIZE:
        return side.asked()
    reference = side.authorized(1000)
    if operation is Operation.REFUND:
        side.send(Operation.CAPTURE, 1000, reference=reference)
    return side.asked(operation, 1000, reference=reference)


def found_or_sent(side: Side, request: Request) -> Answer:
    """What a step does with an attempt that it may have sent before."""
    [found] = side.gateway.find([request])
    return side.gateway.send([request])[0] if found is None else found
