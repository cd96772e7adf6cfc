"""What the simulated gateway agrees to, refuses, repeats and counts: asked in process."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from web.simulators.gateway.app import create_app
from web.simulators.gateway.state import NAME

ORDER = {"currency": "GBP", "merchant_reference": "PO-1"}


class Till:
    """Asks the gateway, each time with a new key unless one is given."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.keys = 0

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> TestResponse:
        self.keys += 1
        headers = {"Idempotency-Key": key or f"key-{self.keys}"}
        return self.client.post(path, json={**ORDER, **body}, headers=headers)

    def authorize(self, amount: int = 1000, token: str = "tok_ok", key: str | None = None) -> TestResponse:
        return self.post("/v1/authorizations", {"amount": amount, "token": token}, key)

    def follow(self, reference: str, noun: str, amount: int | None, **changes: Any) -> TestResponse:
        body = changes if amount is None else {"amount": amount, **changes}
        return self.post(f"/v1/authorizations/{reference}/{noun}", body)

    def entries(self) -> list[dict[str, Any]]:
        return self.client.get("/v1/journal?limit=1000").json["entries"]

    def calls(self) -> list[dict[str, Any]]:
        return self.client.get("/v1/calls?limit=1000").json["calls"]

    def standing(self, reference: str) -> tuple[int, ...]:
        figures = self.client.get(f"/v1/authorizations/{reference}").json
        return tuple(figures[name] for name in ("authorized", "captured", "voided", "open", "refunded", "refundable"))


def opened(books: Path, **options: Any) -> Iterator[Till]:
    app = create_app(books, **options)
    yield Till(app.test_client())
    app.extensions[NAME].journal.close()


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return tmp_path / "home" / "gateway.sqlite3"


@pytest.fixture
def till(books: Path) -> Iterator[Till]:
    yield from opened(books)


@pytest.fixture
def reference(till: Till) -> str:
    return till.authorize(1000).json["reference"]


class TestAuthorization:
    def test_answers_with_the_whole_decision(self, till: Till) -> None:
        answer = till.authorize(1250, key="attempt-7")

        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers
        body = answer.json
        at, expires_at = (datetime.fromisoformat(body.pop(name)) for name in ("at", "expires_at"))
        assert expires_at - at == timedelta(days=7)
        reference = body["reference"]
        assert reference.startswith("auth_")
        assert body == {
            "seq": 1,
            "key": "attempt-7",
            "operation": "authorize",
            "reference": reference,
            "parent": None,
            "authorization": reference,
            "amount": 1250,
            "currency": "GBP",
            "status": "succeeded",
            "code": None,
            "message": None,
            "merchant_reference": "PO-1",
            "at_desk": False,
        }

    @pytest.mark.parametrize(
        ("token", "status", "code"),
        [
            ("tok_declined", 402, "card_declined"),
            ("tok_insufficient", 402, "insufficient_funds"),
            ("tok_expired", 402, "expired_card"),
            ("4242424242424242", 422, "unknown_token"),
        ],
    )
    def test_declines_and_writes_it_down(self, till: Till, token: str, status: int, code: str) -> None:
        answer = till.authorize(token=token)

        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        assert (answer.json["code"], answer.json["operation"]["status"]) == (code, "failed")
        assert [(entry["status"], entry["code"]) for entry in till.entries()] == [("failed", code)]

    def test_nothing_follows_a_declined_one(self, till: Till) -> None:
        declined = till.authorize(token="tok_declined").json["operation"]["reference"]

        assert till.follow(declined, "captures", 1).json["code"] == "over_capture"
        assert till.follow(declined, "voids", None).json["code"] == "nothing_open"
        assert till.standing(declined) == (0, 0, 0, 0, 0, 0)


class TestFollowUps:
    def test_captures_in_parts_up_to_the_amount(self, till: Till, reference: str) -> None:
        statuses = [till.follow(reference, "captures", amount).status_code for amount in (300, 500, 201, 200, 1)]

        assert statuses == [201, 201, 422, 201, 422]
        assert till.standing(reference) == (1000, 1000, 0, 0, 0, 1000)

    def test_a_void_takes_the_remainder(self, till: Till, reference: str) -> None:
        till.follow(reference, "captures", 300)

        assert till.follow(reference, "voids", 1000).json["code"] == "amount_not_open"
        answer = till.follow(reference, "voids", None)

        assert (answer.status_code, answer.json["amount"]) == (201, 700)
        assert till.standing(reference) == (1000, 300, 700, 0, 0, 300)
        assert till.follow(reference, "voids", None).json["code"] == "nothing_open"
        assert till.follow(reference, "captures", 1).json["code"] == "over_capture"

    def test_refunds_up_to_the_captures(self, till: Till, reference: str) -> None:
        first = till.follow(reference, "captures", 300).json["reference"]
        second = till.follow(reference, "captures", 400).json["reference"]

        assert till.follow(first, "refunds", 301).json["code"] == "over_refund"
        assert till.follow(first, "refunds", 300).status_code == 201
        assert till.follow(first, "refunds", 1).json["code"] == "over_refund"
        assert till.follow(reference, "refunds", 401).json["code"] == "over_refund"
        assert till.follow(reference, "refunds", 399).status_code == 201
        assert till.follow(second, "refunds", 2).json["code"] == "over_refund"
        assert till.follow(second, "refunds", 1).status_code == 201
        assert till.standing(reference) == (1000, 700, 0, 300, 700, 0)

    def test_a_refund_needs_a_capture(self, till: Till, reference: str) -> None:
        assert till.follow(reference, "refunds", 1).json["code"] == "over_refund"

    @pytest.mark.parametrize("noun", ["captures", "voids", "refunds"])
    def test_other_currencies_are_refused(self, till: Till, reference: str, noun: str) -> None:
        answer = till.follow(reference, noun, 1000, currency="EUR")

        assert (answer.status_code, answer.json["code"]) == (422, "currency_mismatch")

    @pytest.mark.parametrize("noun", ["captures", "voids", "refunds"])
    def test_unknown_authorizations_are_refused(self, till: Till, noun: str) -> None:
        answer = till.follow("auth_none", noun, 10)

        assert (answer.status_code, answer.json["code"]) == (404, "no_such_authorization")
        assert answer.json["operation"]["amount"] == 10

    @pytest.mark.parametrize("noun", ["captures", "voids"])
    def test_a_capture_is_no_authorization(self, till: Till, reference: str, noun: str) -> None:
        captured = till.follow(reference, "captures", 300).json["reference"]

        assert till.follow(captured, noun, 700).json["code"] == "no_such_authorization"
        assert till.standing(reference)[:3] == (1000, 300, 0)


class TestIdempotency:
    @pytest.mark.parametrize("token", ["tok_ok", "tok_declined"])
    def test_the_same_again_gets_the_first_answer(self, till: Till, token: str) -> None:
        first = till.authorize(token=token, key="k")
        again = till.authorize(token=token, key="k")

        assert (again.status_code, again.json) == (first.status_code, first.json)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (len(till.entries()), len(till.calls())) == (1, 2)

    def test_the_order_of_members_makes_no_other_body(self, till: Till) -> None:
        text = '{"token": "tok_ok", "merchant_reference": "PO-1", "currency": "GBP", "amount": 1000}'
        till.authorize(1000, key="k")

        again = till.client.post("/v1/authorizations", data=text, headers={"Idempotency-Key": "k"})

        assert again.headers["Idempotent-Replayed"] == "true"

    def test_the_same_key_for_something_else_is_refused(self, till: Till, reference: str) -> None:
        till.authorize(1000, key="k")

        others = [
            till.authorize(1001, key="k"),
            till.authorize(1000, token="tok_other", key="k"),
            till.post(f"/v1/authorizations/{reference}/captures", {"amount": 1000}, "k"),
        ]

        assert [(other.status_code, other.json["code"]) for other in others] == [(422, "key_reused")] * 3
        assert len(till.entries()) == 2

    def test_a_key_in_hand_is_refused_until_decided(self, till: Till) -> None:
        with till.client.application.extensions[NAME].running.hold("k"):
            sent = till.authorize(key="k")
            asked = till.client.get("/v1/operations/k")

        assert [(one.status_code, one.json["code"]) for one in (sent, asked)] == [(409, "still_running")] * 2
        assert till.authorize(key="k").status_code == 201

    def test_a_forgotten_key_moves_money_again_and_can_still_be_asked(self, books: Path) -> None:
        for till in opened(books, key_life=0.000_001):
            first = till.authorize(key="k").json["reference"]
            deadline = time.time() + 0.001
            while time.time() < deadline:
                pass
            second = till.authorize(key="k").json["reference"]

            assert second != first
            assert till.client.get("/v1/operations/k").json["reference"] == second
            assert len(till.entries()) == 2


GOOD = b'{"amount": 1, "currency": "GBP", "merchant_reference": "PO-1", "token": "tok_ok"}'


def changed(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new)


class TestNonsense:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"\xff\xfe", id="no text"),
            pytest.param(b"[" * 10_000, id="deep"),
            pytest.param(b"[]", id="a list"),
            pytest.param(changed(b"1,", b"NaN,"), id="NaN"),
            pytest.param(changed(b"1,", b"1.5,"), id="a fraction"),
            pytest.param(changed(b"1,", b'"1",'), id="text"),
            pytest.param(changed(b"1,", b"true,"), id="true"),
            pytest.param(changed(b"1,", b"0,"), id="zero"),
            pytest.param(changed(b"1,", b"-1,"), id="negative"),
            pytest.param(changed(b"1,", b"1000000000001,"), id="absurd"),
            pytest.param(changed(b"1,", b"9" * 5000 + b","), id="more digits than sense"),
            pytest.param(changed(b"GBP", b"gbp"), id="small letters"),
            pytest.param(changed(b"GBP", b"GBP\\n"), id="a line end"),
            pytest.param(changed(b"PO-1", b"PO\\u0000"), id="NUL"),
            pytest.param(changed(b"PO-1", b"\\ud800"), id="half a character"),
            pytest.param(changed(b"PO-1", b"x" * 201), id="endless"),
            pytest.param(changed(b"}", b', "more": 1}'), id="unknown member"),
            pytest.param(changed(b'"token": "tok_ok"', b'"token": null'), id="no token"),
        ],
    )
    def test_gets_a_400_and_leaves_no_trace(self, till: Till, body: bytes) -> None:
        answer = till.client.post("/v1/authorizations", data=body, headers={"Idempotency-Key": "k"})

        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        assert answer.json["code"] == "invalid_request"
        assert till.entries() == []

    @pytest.mark.parametrize("key", [None, "", "two words", "k" * 201, "é"])
    def test_a_missing_or_unusable_key_gets_a_400(self, till: Till, key: str | None) -> None:
        headers = {} if key is None else {"Idempotency-Key": key}

        answer = till.client.post("/v1/authorizations", data=GOOD, headers=headers)

        assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
        assert till.entries() == []

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/", 404),
            ("GET", "/v1/authorizations", 405),
            ("GET", "/v1/authorizations/auth_none", 404),
            ("GET", "/v1/operations/", 404),
            ("GET", "/v1/operations/%00%ff", 404),
            ("GET", "/v1/journal?after=-1", 400),
            ("GET", "/v1/journal?after=99999999999999999999", 400),
            ("GET", "/v1/journal?limit=0", 400),
            ("GET", "/v1/journal?limit=1001", 400),
            ("GET", "/v1/calls?what=x", 400),
            ("POST", "/v1/faults", 400),
        ],
    )
    def test_wrong_addresses_get_a_problem(self, till: Till, method: str, path: str, status: int) -> None:
        answer = till.client.open(path, method=method)

        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")

    def test_a_large_body_gets_a_413(self, till: Till) -> None:
        answer = till.client.post("/v1/authorizations", data=b" " * 20_000, headers={"Idempotency-Key": "k"})

        assert (answer.status_code, answer.json["code"]) == (413, "http_413")


class TestBooks:
    def test_are_read_in_pages(self, till: Till) -> None:
        for _ in range(5):
            till.authorize()

        first = till.client.get("/v1/journal?limit=3").json
        second = till.client.get(f"/v1/journal?limit=3&after={first['next']}").json

        assert [entry["seq"] for entry in first["entries"]] == [1, 2, 3]
        assert [entry["seq"] for entry in second["entries"]] == [4, 5]
        assert second["next"] is None

    def test_cannot_be_rewritten(self, till: Till, books: Path) -> None:
        till.authorize()
        connection = sqlite3.connect(books)

        for statement in ("UPDATE journal SET amount = 1", "DELETE FROM journal"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
        connection.close()

        assert [entry["amount"] for entry in till.entries()] == [1000]

    def test_count_every_call_apart_from_its_effect(self, till: Till) -> None:
        till.client.post("/v1/faults", json={"kind": "error_before"})
        till.authorize(key="k")
        till.authorize(key="k")
        till.authorize(key="k")
        till.client.get("/v1/operations/k")

        assert [(call["key"], call["operation"], call["fault"]) for call in till.calls()] == [
            ("k", "authorize", "error_before"),
            ("k", "authorize", None),
            ("k", "authorize", None),
            ("k", "query", None),
        ]
        assert len(till.entries()) == 1

    def test_an_authorization_shows_all_that_was_decided_on_it(self, till: Till, reference: str) -> None:
        till.follow(reference, "captures", 2000)
        till.follow(reference, "captures", 400)

        shown = till.client.get(f"/v1/authorizations/{reference}").json

        assert [(one["operation"], one["status"]) for one in shown["operations"]] == [
            ("authorize", "succeeded"),
            ("capture", "failed"),
            ("capture", "succeeded"),
        ]


class TestDesk:
    """What is done to an authorization without the merchant's system."""

    def at_desk(self, till: Till, reference: str, noun: str, amount: int | None = None) -> TestResponse:
        return till.client.post(
            f"/v1/desk/authorizations/{reference}/{noun}", json=(amount and {"amount": amount}) or {}
        )

    def test_moves_what_is_there_and_no_more(self, till: Till, reference: str) -> None:
        done = [
            self.at_desk(till, reference, noun, amount)
            for noun, amount in [
                ("captures", 600),
                ("expiries", None),
                ("refunds", 100),
                ("chargebacks", 501),
                ("chargebacks", None),
                ("refunds", None),
                ("chargeback-reversals", 501),
                ("chargeback-reversals", 200),
                ("captures", 1),
                ("robberies", 1),
            ]
        ]

        assert [(one.status_code, one.json["code"], one.json.get("amount")) for one in done] == [
            (201, None, 600),
            (201, None, 400),
            (201, None, 100),
            (422, "over_chargeback", None),
            (201, None, 500),
            (422, "over_refund", None),
            (422, "over_reversal", None),
            (201, None, 200),
            (422, "authorization_expired", None),
            (404, "http_404", None),
        ]
        shown = till.client.get(f"/v1/authorizations/{reference}").json
        assert (shown["expired"], shown["charged_back"], shown["refundable"]) == (400, 300, 200)

    def test_knows_no_authorization_that_is_not_there(self, till: Till) -> None:
        assert self.at_desk(till, "auth_of_nobody", "refunds").json["code"] == "no_such_authorization"
        assert till.entries() == []


class TestFaults:
    def test_strike_the_next_calls_of_their_operation(self, till: Till, reference: str) -> None:
        till.client.post("/v1/faults", json={"kind": "error_after", "operation": "capture", "times": 2})

        statuses = [
            till.authorize().status_code,
            till.follow(reference, "captures", 1).status_code,
            till.follow(reference, "captures", 1).status_code,
            till.follow(reference, "captures", 1).status_code,
        ]

        assert statuses == [201, 500, 500, 201]
        assert till.standing(reference)[1] == 3

    def test_strike_once_unless_said(self, till: Till) -> None:
        till.client.post("/v1/faults", json={"kind": "error_before"})

        assert [till.authorize().status_code for _ in range(2)] == [500, 201]

    def test_with_a_probability_strike_the_same_calls_for_the_same_seed(self, till: Till) -> None:
        def struck() -> list[int]:
            till.client.delete("/v1/faults")
            till.client.post("/v1/faults", json={"kind": "error_before", "probability": 0.3, "seed": 7})
            return [till.authorize().status_code for _ in range(100)]

        first, second = struck(), struck()

        assert first == second
        assert 15 <= first.count(500) <= 45

    def test_are_listed_and_cleared(self, till: Till) -> None:
        till.client.post("/v1/faults", json={"kind": "cut", "times": 3, "seconds": 1})

        [fault] = till.client.get("/v1/faults").json["faults"]
        cleared = till.client.delete("/v1/faults")

        assert fault == {
            "id": 1,
            "kind": "cut",
            "operation": None,
            "times": 3,
            "probability": None,
            "seed": 0,
            "seconds": 1.0,
            "left": 3,
            "struck": 0,
        }
        assert cleared.status_code == 204
        assert till.client.get("/v1/faults").json == {"faults": []}
        assert till.authorize().status_code == 201

    @pytest.mark.parametrize(
        "plan",
        [
            {},
            {"kind": "earthquake"},
            {"kind": "slow", "seconds": 121},
            {"kind": "slow", "seconds": -1},
            {"kind": "cut", "times": 0},
            {"kind": "cut", "probability": 0},
            {"kind": "cut", "probability": 1.1},
            {"kind": "cut", "operation": "everything"},
            {"kind": "cut", "sometimes": True},
        ],
    )
    def test_that_make_no_sense_are_refused(self, till: Till, plan: dict[str, Any]) -> None:
        assert till.client.post("/v1/faults", json=plan).status_code == 400
        assert till.client.get("/v1/faults").json == {"faults": []}

    def test_a_defect_is_a_problem_too(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        journal = till.client.application.extensions[NAME].journal
        monkeypatch.setattr(journal, "perform", lambda *_, **__: 1 / 0)

        answer = till.authorize()

        assert (answer.status_code, answer.json["code"]) == (500, "internal")


class TestExpiry:
    def test_an_authorization_ends_by_itself_and_its_books_say_so(self, books: Path) -> None:
        for till in opened(books, authorization_life=0.000_01):
            authorized = till.authorize(1000)
            reference = authorized.json["reference"]
            assert authorized.json["expires_at"] > authorized.json["at"]

            refused = [
                till.post(f"/v1/authorizations/{reference}/{noun}", {"amount": 1000}, noun)
                for noun in ("captures", "voids")
            ]

            assert [(one.status_code, one.json["code"]) for one in refused] == [(422, "authorization_expired")] * 2
            assert till.standing(reference) == (1000, 0, 0, 0, 0, 0)
            assert [(each["operation"], each["status"], each["amount"]) for each in till.entries()] == [
                ("authorize", "succeeded", 1000),
                ("expire", "succeeded", 1000),
                ("capture", "failed", 1000),
                ("void", "failed", 1000),
            ]

    def test_what_was_captured_before_can_be_refunded_after_it_ended(self, till: Till, reference: str) -> None:
        till.post(f"/v1/authorizations/{reference}/captures", {"amount": 300}, "c")
        ended = till.client.post(f"/v1/desk/authorizations/{reference}/expiries")

        refund = till.post(f"/v1/authorizations/{reference}/refunds", {"amount": 300}, "r")

        assert (ended.status_code, refund.status_code) == (201, 201)
        assert till.standing(reference) == (1000, 300, 0, 0, 300, 0)
