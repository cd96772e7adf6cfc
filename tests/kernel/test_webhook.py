"""The signature of a webhook: what was signed now is believed, and nothing else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.kernel.webhook import NotSigned, new_secret, secret_bytes, signed_headers, verified_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = secret_bytes("whsec_" + base64.b64encode(b"k" * 32).decode())
BODY = b'{"data": {}}'


def signed(**changes: str) -> dict[str, str]:
    return {**signed_headers(SECRET, "evt_1", BODY, at=NOON), **changes}


def test_agrees_with_the_published_example() -> None:
    secret = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)

    headers = signed_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at=at)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_believes_what_was_signed_now(late: int) -> None:
    assert verified_id(SECRET, signed(), BODY, at=NOON + timedelta(seconds=late)) == "evt_1"


def test_believes_one_of_several_signatures() -> None:
    several = signed()["webhook-signature"]

    assert verified_id(SECRET, signed(**{"webhook-signature": f"v1,AAAA v1a,x {several}"}), BODY, at=NOON) == "evt_1"


@pytest.mark.parametrize(
    ("changes", "body", "late"),
    [
        ({}, BODY + b" ", 0),
        ({"webhook-id": "evt_2"}, BODY, 0),
        ({"webhook-timestamp": str(int(NOON.timestamp()) + 1)}, BODY, 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
        ({"webhook-signature": ""}, BODY, 0),
        ({"webhook-signature": "v1,"}, BODY, 0),
        ({"webhook-signature": "v1,\u00e9\ud800"}, BODY, 0),
        ({"webhook-signature": " ".join(["v1,AAAA"] * 100_000)}, BODY, 0),
        ({"webhook-id": ""}, BODY, 0),
        ({"webhook-id": "a.b"}, BODY, 0),
        ({"webhook-id": "x" * 201}, BODY, 0),
        ({"webhook-timestamp": "soon"}, BODY, 0),
        ({"webhook-timestamp": "\u0663"}, BODY, 0),
        ({"webhook-timestamp": "9" * 400}, BODY, 0),
    ],
)
def test_believes_nothing_else(changes: dict[str, str], body: bytes, late: int) -> None:
    with pytest.raises(NotSigned):
        verified_id(SECRET, signed(**changes), body, at=NOON + timedelta(seconds=late))


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_AAAA", "whsec_!!!!", f"whsec_!{'A' * 43}=", base64.b64encode(b"k" * 32).decode()],
)
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="a webhook secret is whsec_"):
        secret_bytes(secret)


def test_a_secret_has_24_to_64_bytes() -> None:
    written = {size: "whsec_" + base64.b64encode(b"k" * size).decode() for size in (23, 24, 64, 65)}

    assert [secret_bytes(written[size]) for size in (24, 64)] == [b"k" * 24, b"k" * 64]
    for size in (23, 65):
        with pytest.raises(ValueError, match="whsec_ and the base64 of 24 to 64 random bytes"):
            secret_bytes(written[size])


def test_each_new_secret_is_another_of_32_bytes() -> None:
    first, second = new_secret(), new_secret()

    assert (len(secret_bytes(first)), len(secret_bytes(second)), first == second) == (32, 32, False)


@pytest.mark.parametrize(
    ("changes", "late", "said"),
    [
        ({"webhook-id": ""}, 0, "the headers of the signature are missing or malformed"),
        ({"webhook-timestamp": "soon"}, 0, "the headers of the signature are missing or malformed"),
        ({}, 301, "the time of the signature is not now"),
        ({"webhook-signature": "v1,AAAA"}, 0, "the signature is not right"),
    ],
)
def test_it_is_said_what_is_wrong(changes: dict[str, str], late: int, said: str) -> None:
    with pytest.raises(NotSigned, match=f"^{said}$"):
        verified_id(SECRET, signed(**changes), BODY, at=NOON + timedelta(seconds=late))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_is_believed_as_little(name: str) -> None:
    headers = {key: value for key, value in signed().items() if key != name}
    with pytest.raises(NotSigned):
        verified_id(SECRET, headers, BODY, at=NOON)


def test_ten_signatures_are_looked_at_and_no_more() -> None:
    right = signed()["webhook-signature"]
    tenth, eleventh = (" ".join(["v1,AAAA"] * n + [right]) for n in (9, 10))

    assert verified_id(SECRET, signed(**{"webhook-signature": tenth}), BODY, at=NOON) == "evt_1"
    with pytest.raises(NotSigned):
        verified_id(SECRET, signed(**{"webhook-signature": eleventh}), BODY, at=NOON)
