"""What every payment gateway promises, held by the one over HTTP and by the one in process."""

import json
import multiprocessing
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from runtime.conditions import eventually
from simulated_gateway import SimulatedGateway

from fulfillment.payments.gateway import Answer, Gateway, History, Operation, Request, Result, make_gateway
from fulfillment.payments.gateway.approve import REMEMBERED, ApproveGateway
from fulfillment.payments.gateway.http import HttpGateway
from fulfillment.runtime.ready import free_port


def a_request(operation: Operation = Operation.AUTHORIZE, amount: int = 1000, **changes: object) -> Request:
    said: dict[str, object] = {
        "key": uuid.uuid4().hex,
        "operation": operation,
        "amount": amount,
        "currency": "GBP",
        "token": "tok_ok" if operation is Operation.AUTHORIZE else None,
        "reference": None,
        "merchant_reference": "PO-1",
        **changes,
    }
    return Request(**said)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedGateway]:
    with SimulatedGateway(tmp_path_factory.mktemp("gateway") / "books.sqlite3") as started:
        yield started


@pytest.fixture
def http(simulator: SimulatedGateway) -> Iterator[HttpGateway]:
    simulator.http.delete("/v1/faults")
    gateway = HttpGateway(simulator.url)
    yield gateway
    gateway.close()


@pytest.fixture(params=["http", "approve"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    return request.getfixturevalue("http") if request.param == "http" else make_gateway("approve:")


def authorized(gateway: Gateway, amount: int = 1000) -> str:
    [answer] = gateway.send([a_request(amount=amount)])
    assert answer.reference is not None
    return answer.reference


class TestEveryGateway:
    def test_walks_from_authorization_to_refund(self, gateway: Gateway) -> None:
        reference = authorized(gateway, 1000)

        [captured] = gateway.send([a_request(Operation.CAPTURE, 600, reference=reference)])
        [voided] = gateway.send([a_request(Operation.VOID, 400, reference=reference)])
        [refunded] = gateway.send([a_request(Operation.REFUND, 250, reference=captured.reference)])

        assert [one.result for one in (captured, voided, refunded)] == [Result.SUCCEEDED] * 3
        assert len({reference, captured.reference, voided.reference, refunded.reference}) == 4

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("tok_declined", "card_declined"),
            ("tok_insufficient", "insufficient_funds"),
            ("tok_expired", "expired_card"),
        ],
    )
    def test_declines_by_token(self, gateway: Gateway, token: str, code: str) -> None:
        request = a_request(token=token)

        [answer] = gateway.send([request])

        assert (answer.result, answer.code) == (Result.FAILED, code)
        assert gateway.find([request]) == [answer]

    def test_answers_a_set_in_the_order_asked(self, gateway: Gateway) -> None:
        tokens = ["tok_ok", "tok_declined", "tok_anything", "tok_expired"] * 10
        requests = [a_request(token=token) for token in tokens]

        answers = gateway.send(requests)

        assert [one.code for one in answers] == [None, "card_declined", None, "expired_card"] * 10
        assert gateway.find(requests) == answers

    def test_gives_the_first_answer_again_to_the_same_key(self, gateway: Gateway) -> None:
        request = a_request()

        [first] = gateway.send([request])
        [again] = gateway.send([request])

        assert first.result is Result.SUCCEEDED
        assert again == first

    def test_says_none_of_a_key_it_never_saw(self, gateway: Gateway) -> None:
        seen = a_request()
        [answer] = gateway.send([seen])

        assert gateway.find([a_request(), seen, a_request(key="a/b?c#d%2F")]) == [None, answer, None]

    def test_takes_an_empty_set(self, gateway: Gateway) -> None:
        assert gateway.send([]) == []
        assert gateway.find([]) == []
        assert gateway.history([]) == []

    def test_opens_again_after_it_was_closed(self, gateway: Gateway) -> None:
        authorized(gateway)
        gateway.close()
        gateway.close()

        [answer] = gateway.send([a_request()])

        assert answer.result is Result.SUCCEEDED


class TestApproveGateway:
    def test_answers_alike_in_every_process(self) -> None:
        request = a_request()

        assert ApproveGateway().send([request]) == ApproveGateway().send([request])

    def test_remembers_a_bounded_number(self) -> None:
        gateway = ApproveGateway()
        requests = [a_request(key=str(number)) for number in range(REMEMBERED * 2)]

        gateway.send(requests)

        assert len(gateway._answers) <= REMEMBERED
        assert gateway.find([requests[-1]]) != [None]
        assert gateway.find([requests[0]]) == [None]

    def test_says_that_it_keeps_no_books(self) -> None:
        [told] = ApproveGateway().history(["approve_1"])

        assert isinstance(told, Answer)
        assert (told.result, told.code) == (Result.UNKNOWN, "no_books")


class TestHistory:
    """What happened to an authorization, whoever did it."""

    def test_tells_all_that_moved_in_order_and_nothing_else(
        self, http: HttpGateway, simulator: SimulatedGateway
    ) -> None:
        asked = a_request(amount=1000)
        [authorization] = http.send([asked])
        reference = authorization.reference
        over = a_request(Operation.CAPTURE, 1001, reference=reference)
        capture = a_request(Operation.CAPTURE, 600, reference=reference)
        refund = a_request(Operation.REFUND, 250, reference=reference)
        answers = http.send([over]) + http.send([capture]) + http.send([refund])
        desk = [simulator.at_desk(reference, noun) for noun in ("expiries", "chargebacks", "chargeback-reversals")]

        [told] = http.history([reference])

        assert isinstance(told, History)
        assert (told.reference, told.currency, told.merchant_reference) == (reference, "GBP", "PO-1")
        assert [(one.kind, one.key, one.amount, one.reference) for one in told.transactions] == [
            ("authorize", asked.key, 1000, reference),
            ("capture", capture.key, 600, answers[1].reference),
            ("refund", refund.key, 250, answers[2].reference),
            ("expire", None, 400, desk[0]),
            ("chargeback", None, 350, desk[1]),
            ("chargeback_reversed", None, 350, desk[2]),
        ]

    def test_of_a_set_answers_each_for_itself(self, http: HttpGateway) -> None:
        declined = a_request(token="tok_declined")
        known, [refused] = authorized(http, 700), http.send([declined])

        told = http.history(["auth_of_nobody", known, refused.reference or "", "a/b?c#d%2F"])

        assert [one.code if isinstance(one, Answer) else len(one.transactions) for one in told] == [
            "no_such_authorization",
            1,
            0,
            "no_such_authorization",
        ]
        assert [one.result for one in told if isinstance(one, Answer)] == [Result.FAILED] * 2

    @pytest.mark.parametrize(("kind", "code"), [("error_before", "fault"), ("cut", "connection")])
    def test_that_cannot_be_had_is_unknown(
        self, http: HttpGateway, simulator: SimulatedGateway, kind: str, code: str
    ) -> None:
        reference = authorized(http)
        simulator.arm(kind, operation="history")

        [broken] = http.history([reference])
        [told] = http.history([reference])

        assert isinstance(broken, Answer)
        assert (broken.result, broken.code) == (Result.UNKNOWN, code)
        assert isinstance(told, History)


class TestCustomerAction:
    """An authorization that waits for its customer is undecided, and says what they have to do."""

    def test_is_told_until_the_customer_has_acted(self, http: HttpGateway, simulator: SimulatedGateway) -> None:
        request = a_request(token="tok_3ds")

        [answer] = http.send([request])
        [found] = http.find([request])
        [again] = http.send([request])
        [told] = http.history([answer.reference or ""])

        assert answer.action is not None
        assert answer.action.url == f"{simulator.url}/v1/actions/{answer.reference}"
        assert (answer.result, answer.code, answer.action.client_secret) == (
            Result.UNKNOWN,
            "requires_action",
            f"{answer.reference}_secret",
        )
        assert found == again == answer
        assert isinstance(told, Answer)
        assert simulator.http.post(answer.action.url, json={"confirmed": True}).status_code == 200
        [after] = http.find([request])
        assert after is not None
        assert (after.result, after.reference, after.action) == (Result.SUCCEEDED, answer.reference, None)
        assert http.send([request]) == [after]
        assert len(simulator.entries_of(request.key)) == 1

    def test_is_given_up_by_a_void(self, http: HttpGateway, simulator: SimulatedGateway) -> None:
        request = a_request(token="tok_3ds")
        [answer] = http.send([request])

        [voided] = http.send([a_request(Operation.VOID, 1000, reference=answer.reference)])
        [found] = http.find([request])

        assert (voided.result, voided.code) == (Result.FAILED, "nothing_open")
        assert found is not None
        assert (found.result, found.code) == (Result.FAILED, "canceled")
        assert simulator.http.post(f"/v1/actions/{answer.reference}", json={"confirmed": True}).status_code == 404


class TestMakeGateway:
    @pytest.mark.parametrize("url", ["", "approve", "approve:all", "ftp://x", "localhost:80"])
    def test_refuses_an_address_it_does_not_know(self, url: str) -> None:
        with pytest.raises(ValueError, match="GATEWAY_URL must start with"):
            make_gateway(url)


class TestExpiry:
    def test_an_authorization_says_when_it_ends_and_no_other_operation_does(
        self, http: HttpGateway, simulator: SimulatedGateway
    ) -> None:
        request = a_request(amount=1000)

        [authorized] = http.send([request])
        [captured] = http.send([a_request(Operation.CAPTURE, 400, reference=authorized.reference)])

        assert authorized.expires_at is not None
        assert authorized.expires_at - datetime.now(UTC) > timedelta(days=6)
        assert captured.expires_at is None
        assert http.find([request]) == [authorized]

    def test_one_that_lasts_for_ever_says_nothing(self) -> None:
        [answer] = ApproveGateway().send([a_request()])

        assert answer.expires_at is None


class TestRefusals:
    """A no of the gateway is final, and moves nothing."""

    def test_capturing_more_than_is_open(self, http: HttpGateway, simulator: SimulatedGateway) -> None:
        reference = authorized(http, 1000)
        http.send([a_request(Operation.CAPTURE, 700, reference=reference)])

        [answer] = http.send([a_request(Operation.CAPTURE, 301, reference=reference)])

        assert (answer.result, answer.code) == (Result.FAILED, "over_capture")
        assert simulator.http.get(f"/v1/authorizations/{reference}").json()["captured"] == 700

    def test_refunding_more_than_was_captured(self, http: HttpGateway, simulator: SimulatedGateway) -> None:
        reference = authorized(http, 1000)
        [captured] = http.send([a_request(Operation.CAPTURE, 700, reference=reference)])
        http.send([a_request(Operation.REFUND, 500, reference=captured.reference)])

        [answer] = http.send([a_request(Operation.REFUND, 201, reference=reference)])

        assert (answer.result, answer.code) == (Result.FAILED, "over_refund")
        assert simulator.http.get(f"/v1/authorizations/{reference}").json()["refunded"] == 500

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"amount": 999}, "amount_not_open"),
            ({"currency": "EUR"}, "currency_mismatch"),
            ({"reference": "auth_of_nobody"}, "no_such_authorization"),
            ({"reference": "auth%2F?x=1#y"}, "no_such_authorization"),
        ],
    )
    def test_a_void_that_fits_no_authorization(
        self, http: HttpGateway, simulator: SimulatedGateway, changes: dict[str, object], code: str
    ) -> None:
        reference = authorized(http, 1000)

        [answer] = http.send([a_request(Operation.VOID, **{"amount": 1000, "reference": reference, **changes})])

        assert (answer.result, answer.code) == (Result.FAILED, code)
        assert simulator.http.get(f"/v1/authorizations/{reference}").json()["open"] == 1000

    def test_voiding_twice(self, http: HttpGateway) -> None:
        reference = authorized(http, 1000)
        http.send([a_request(Operation.VOID, 1000, reference=reference)])

        [answer] = http.send([a_request(Operation.VOID, 1000, reference=reference)])

        assert (answer.result, answer.code) == (Result.FAILED, "nothing_open")


def test_a_request_that_the_gateway_cannot_understand_is_refused_and_leaves_no_trace(
    simulator: SimulatedGateway, http: HttpGateway
) -> None:
    endless = a_request(token="t" * 10_000)

    [answer] = http.send([endless])

    assert (answer.result, answer.code) == (Result.FAILED, "invalid_request")
    assert http.find([endless]) == [None]


class TestUnknown:
    """Whatever is unclear is unknown, and the key tells the truth afterwards."""

    @pytest.mark.parametrize(
        ("kind", "told"),
        [
            ("error_before", ("fault", 0)),
            ("error_after", ("fault", 1)),
            ("cut_before", ("connection", 0)),
            ("cut", ("connection", 1)),
            ("timeout_after", ("timeout", 1)),
        ],
    )
    @pytest.mark.parametrize("operation", list(Operation))
    def test_a_fault_is_unknown_and_the_key_tells(
        self, simulator: SimulatedGateway, http: HttpGateway, operation: Operation, kind: str, told: tuple[str, int]
    ) -> None:
        code, effects = told
        request = self.ready(http, operation)
        simulator.arm(kind, operation=operation.value, seconds=1)
        impatient = HttpGateway(simulator.url, read=0.4)

        [answer] = impatient.send([request])
        [found] = http.find([request])
        [again] = http.send([request])
        impatient.close()

        assert (answer.result, answer.code, answer.reference) == (Result.UNKNOWN, code, None)
        assert (found is not None) == (effects == 1)
        assert again.result is Result.SUCCEEDED
        assert found in (None, again)
        assert len(simulator.entries_of(request.key)) == 1
        assert [one["operation"] for one in simulator.calls_of(request.key)] == [operation, "query", operation]

    def ready(self, gateway: Gateway, operation: Operation) -> Request:
        if operation is Operation.AUTHORIZE:
            return a_request()
        reference = authorized(gateway, 1000)
        if operation is Operation.REFUND:
            gateway.send([a_request(Operation.CAPTURE, 1000, reference=reference)])
        return a_request(operation, 1000, reference=reference)

    def test_a_slow_gateway_is_unknown_until_it_decided(self, simulator: SimulatedGateway, http: HttpGateway) -> None:
        request = a_request()
        simulator.arm("slow", seconds=1.5)
        impatient = HttpGateway(simulator.url, read=0.3)

        [answer] = impatient.send([request])
        [found] = http.find([request])
        impatient.close()

        assert (answer.result, answer.code) == (Result.UNKNOWN, "timeout")
        assert found is not None
        assert (found.result, found.code) == (Result.UNKNOWN, "still_running")
        eventually(lambda: http.find([request])[0].result is Result.SUCCEEDED, seconds=20)
        assert len(simulator.entries_of(request.key)) == 1

    def test_a_slow_card_is_unknown_until_it_was_decided(self, simulator: SimulatedGateway, http: HttpGateway) -> None:
        request = a_request(token="tok_slow")
        impatient = HttpGateway(simulator.url, read=0.3)

        [answer] = impatient.send([request])
        impatient.close()

        assert (answer.result, answer.code) == (Result.UNKNOWN, "timeout")
        eventually(lambda: http.find([request])[0].result is Result.SUCCEEDED, seconds=20)

    @pytest.mark.parametrize("kind", ["error_before", "cut_before", "cut"])
    def test_a_question_that_fails_is_unknown_and_not_absent(
        self, simulator: SimulatedGateway, http: HttpGateway, kind: str
    ) -> None:
        simulator.arm(kind, operation="query")

        [answer] = http.find([a_request()])

        assert answer is not None
        assert answer.result is Result.UNKNOWN
        assert http.find([a_request()]) == [None]

    def test_one_broken_member_leaves_its_set_alone(self, simulator: SimulatedGateway, http: HttpGateway) -> None:
        simulator.arm("cut", times=1)
        nonsense = a_request(Operation.CAPTURE, reference=None)
        unspeakable = a_request(key="line\nbreak")
        hopeless = a_request(key="\ud800")

        answers = http.send([*[a_request() for _ in range(10)], nonsense, unspeakable, hopeless])

        assert [one.result for one in answers].count(Result.SUCCEEDED) == 9
        assert [one.result for one in answers[:10]].count(Result.UNKNOWN) == 1
        # Nothing was sent for the first and the last; the second broke on its way.
        assert [one.result for one in answers[10:]] == [Result.FAILED, Result.UNKNOWN, Result.FAILED]

    def test_a_key_used_for_something_else_is_unknown(self, http: HttpGateway, simulator: SimulatedGateway) -> None:
        request = a_request(amount=1000)
        http.send([request])

        [answer] = http.send([a_request(amount=1001, key=request.key)])

        assert (answer.result, answer.code) == (Result.UNKNOWN, "key_reused")
        assert [entry["amount"] for entry in simulator.entries_of(request.key)] == [1000]

    def test_no_proxy_of_the_environment_comes_between(
        self, simulator: SimulatedGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        gateway = HttpGateway(simulator.url)

        [answer] = gateway.send([a_request()])
        gateway.close()

        assert answer.result is Result.SUCCEEDED

    def test_an_address_where_nobody_listens(self) -> None:
        gateway = HttpGateway(f"http://127.0.0.1:{free_port()}")

        [answer] = gateway.send([a_request()])
        [found] = gateway.find([a_request()])
        gateway.close()

        assert (answer.result, answer.code) == (Result.UNKNOWN, "connection")
        assert found is not None
        assert found.result is Result.UNKNOWN


class TestTwentyAtOnce:
    def test_the_same_key_has_one_effect(self, simulator: SimulatedGateway, http: HttpGateway) -> None:
        request = a_request()
        gate = threading.Barrier(20)

        def send(_: int) -> Answer:
            gateway = HttpGateway(simulator.url)
            gate.wait(10)
            [answer] = gateway.send([request])
            gateway.close()
            return answer

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(send, range(20)))

        [entry] = simulator.entries_of(request.key)
        assert {(one.result, one.code, one.reference) for one in answers} <= {
            (Result.SUCCEEDED, None, entry["reference"]),
            (Result.UNKNOWN, "still_running", None),
        }
        assert Result.SUCCEEDED in {one.result for one in answers}
        assert len(simulator.calls_of(request.key)) == 20

    def test_captures_together_never_exceed_the_authorization(
        self, simulator: SimulatedGateway, http: HttpGateway
    ) -> None:
        reference = authorized(http, 1000)

        answers = http.send([a_request(Operation.CAPTURE, 100, reference=reference) for _ in range(20)])

        assert [one.result for one in answers].count(Result.SUCCEEDED) == 10
        assert {one.code for one in answers} == {None, "over_capture"}
        assert simulator.http.get(f"/v1/authorizations/{reference}").json()["captured"] == 1000


class TestFork:
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_a_child_opens_connections_of_its_own(self, http: HttpGateway) -> None:
        http.send([a_request() for _ in range(4)])
        fork = multiprocessing.get_context("fork")
        results = fork.Queue()

        def child() -> None:
            results.put([one.result for one in http.send([a_request() for _ in range(4)])])

        process = fork.Process(target=child)
        process.start()

        assert results.get(timeout=30) == [Result.SUCCEEDED] * 4
        process.join(30)
        assert [one.result for one in http.send([a_request()])] == [Result.SUCCEEDED]

    def test_nothing_is_opened_before_it_is_used(self) -> None:
        before = threading.active_count()

        gateway = HttpGateway("http://127.0.0.1:1")

        assert gateway._process.opened is None
        assert threading.active_count() == before


@contextmanager
def answering(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request and then does as it likes with the connection."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(connection,), daemon=True).start()

    def converse(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65_536)
                reply(connection)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=serve, daemon=True)
        accepting.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(10)


def response(status: int, content: bytes, headers: str = "Content-Type: application/json\r\n") -> bytes:
    head = f"HTTP/1.1 {status} So\r\n{headers}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content


REQUEST = a_request(key="key-1", amount=1000)
DONE = {
    "key": "key-1",
    "operation": "authorize",
    "amount": 1000,
    "currency": "GBP",
    "status": "succeeded",
    "reference": "auth_1",
}
NO = {**DONE, "status": "failed", "code": "card_declined", "message": "No."}


def done(status: int = 201, **changes: object) -> bytes:
    return response(status, json.dumps({**DONE, **changes}).encode())


MOVED = {"kind": "authorize", "reference": "auth_1", "key": "key-1", "amount": 1000, "at": "2026-11-21T10:00:00Z"}


def history(**changes: object) -> bytes:
    said = {"reference": "auth_1", "currency": "GBP", "merchant_reference": "PO-1", "transactions": [MOVED]}
    return response(200, json.dumps({**said, **changes}).encode())


def problem(status: int, **members: object) -> bytes:
    return response(status, json.dumps({"code": "card_declined", "detail": "No.", **members}).encode())


class TestAnswersNobodyShouldBelieve:
    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            pytest.param(b"", "connection", id="nothing"),
            pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "connection", id="not HTTP"),
            pytest.param(done()[:-5], "connection", id="truncated"),
            pytest.param(response(200, b"x" * 10_000_000), "too_large", id="10 MB"),
            pytest.param(response(500, b"x" * 10_000_000), "too_large", id="10 MB of error"),
            pytest.param(response(200, b"<html>"), "unreadable", id="a page"),
            pytest.param(response(200, b""), "unreadable", id="empty"),
            pytest.param(response(200, b"[" * 60_000), "unreadable", id="deep"),
            pytest.param(response(200, b"null"), "unreadable", id="null"),
            pytest.param(response(201, b"\x1f\x8b\x08", "Content-Encoding: gzip\r\n"), "unreadable", id="compressed"),
            pytest.param(response(204, b""), "http_204", id="no content"),
            pytest.param(done(amount=100), "mismatch", id="other amount"),
            pytest.param(done(currency="USD"), "mismatch", id="other currency"),
            pytest.param(done(key="key-2"), "mismatch", id="other key"),
            pytest.param(done(operation="capture"), "mismatch", id="other operation"),
            pytest.param(done(amount="1000"), "unreadable", id="amount as text"),
            pytest.param(done(amount=1000.0), "unreadable", id="amount as a fraction"),
            pytest.param(
                response(201, json.dumps({**DONE, "status": "pending"}).encode()), "unreadable", id="other status"
            ),
            pytest.param(done(reference=None), "unreadable", id="no reference"),
            pytest.param(response(201, b'{"key": "\\ud800"}'), "unreadable", id="half a character"),
            pytest.param(done(reference="a\x00b"), "unreadable", id="NUL in the reference"),
            pytest.param(done(reference="a" * 201), "unreadable", id="endless reference"),
            pytest.param(done(500), "http_500", id="success by a 500"),
            pytest.param(problem(402), "card_declined", id="a refusal of nothing in particular"),
            pytest.param(problem(402, operation={**NO, "amount": 1}), "mismatch", id="a refusal of something else"),
            pytest.param(problem(402, operation=DONE), "card_declined", id="a refusal that succeeded"),
            pytest.param(problem(409, operation=NO), "card_declined", id="409"),
            pytest.param(problem(500, operation=NO), "card_declined", id="500"),
            pytest.param(problem(400, operation=NO), "card_declined", id="400"),
        ],
    )
    def test_is_unknown(self, reply: bytes, code: str) -> None:
        with answering(lambda connection: connection.sendall(reply)) as url:
            gateway = HttpGateway(url, read=5)
            [answer] = gateway.send([REQUEST])
            gateway.close()

        assert (answer.result, answer.reference, answer.code) == (Result.UNKNOWN, None, code)

    def test_a_redirect_is_not_followed(self) -> None:
        visited = threading.Event()

        def elsewhere(connection: socket.socket) -> None:
            visited.set()
            connection.sendall(done())

        with answering(elsewhere) as other:
            moved = response(307, b"", f"Location: {other}/v1/authorizations\r\n")
            with answering(lambda connection: connection.sendall(moved)) as url:
                gateway = HttpGateway(url, read=5)
                [answer] = gateway.send([REQUEST])
                gateway.close()

        assert (answer.result, answer.code) == (Result.UNKNOWN, "http_307")
        assert not visited.is_set()

    @pytest.mark.parametrize(
        "opening",
        [
            pytest.param(b"HTTP/1.1 201 Created\r\nX-Slow: ", id="in the headers"),
            pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n", id="in the body"),
        ],
    )
    def test_a_server_that_drips_is_left_in_time(self, opening: bytes) -> None:
        left = threading.Event()

        def drip(connection: socket.socket) -> None:
            connection.sendall(opening)
            while not left.wait(0.05):
                connection.sendall(b"x")

        with answering(drip) as url:
            gateway = HttpGateway(url, read=0.5, total=1.0)
            began = time.monotonic()
            [answer] = gateway.send([REQUEST])
            took = time.monotonic() - began
            left.set()
            gateway.close()

        assert (answer.result, answer.code) == (Result.UNKNOWN, "timeout")
        assert 0.9 <= took < 5

    def test_a_clear_no_is_believed_and_made_fit_to_store(self) -> None:
        with answering(
            lambda connection: connection.sendall(problem(402, operation={**NO, "message": "No\x00."}))
        ) as url:
            gateway = HttpGateway(url, read=5)
            [answer] = gateway.send([REQUEST])
            gateway.close()

        assert answer == Answer(Result.FAILED, "auth_1", "card_declined", "No.")

    @pytest.mark.parametrize(
        "reply",
        [
            pytest.param(response(404, b"Not Found", ""), id="of a wrong address"),
            pytest.param(problem(404, code="no_such_operation", key="key-2"), id="of another key"),
            pytest.param(problem(404, code="not_found", key="key-1"), id="with another reason"),
            pytest.param(done(200, key="key-2"), id="an answer about another key"),
        ],
    )
    def test_a_404_alone_does_not_mean_absent(self, reply: bytes) -> None:
        with answering(lambda connection: connection.sendall(reply)) as url:
            gateway = HttpGateway(url, read=5)
            [answer] = gateway.find([REQUEST])
            gateway.close()

        assert answer is not None
        assert answer.result is Result.UNKNOWN

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            pytest.param(response(404, b"Not Found", ""), "http_404", id="a wrong address"),
            pytest.param(problem(404, code="not_found"), "not_found", id="another reason"),
            pytest.param(problem(500, code="no_such_authorization"), "no_such_authorization", id="by a 500"),
            pytest.param(history(reference="auth_2"), "mismatch", id="another authorization"),
            pytest.param(history(transactions=[{**MOVED, "amount": 0}]), "unreadable", id="of nothing"),
            pytest.param(history(transactions=[{**MOVED, "amount": 10**16}]), "unreadable", id="of too much"),
            pytest.param(history(transactions=[{**MOVED, "kind": "gift"}]), "unreadable", id="of another kind"),
            pytest.param(history(transactions=[{**MOVED, "at": "2026-11-21T10:00:00"}]), "unreadable", id="at no time"),
            pytest.param(history(currency=None), "unreadable", id="in no currency"),
            pytest.param(response(200, b"x" * 2_000_000), "too_large", id="2 MB"),
        ],
    )
    def test_a_history_that_is_not_clear_is_unknown(self, reply: bytes, code: str) -> None:
        with answering(lambda connection: connection.sendall(reply)) as url:
            gateway = HttpGateway(url, read=5)
            [told] = gateway.history(["auth_1"])
            gateway.close()

        assert isinstance(told, Answer)
        assert (told.result, told.code) == (Result.UNKNOWN, code)
