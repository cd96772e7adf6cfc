from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.policy import SMTPUTF8
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.kernel.errors import Invalid
from fulfillment.notifications.addresses import Sender
from fulfillment.notifications.mailer import Message, stable_message_id, worth_repeating
from fulfillment.notifications.mime import encoded

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = Sender.parse("The Clock Shop <orders@shop.example>")

# What a header may hold: anything a person can read. Folding white space may change its kind and length.
words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=120)
header_texts = st.lists(words, max_size=6).map(" ".join)
bodies = st.text(st.characters(exclude_categories=("Cs",)), max_size=3000)


def a_message(**changes) -> Message:
    fields = {
        "message_id": "<1.PO-1@shop.example>",
        "to": "ana@customer.example",
        "subject": "Hello",
        "text": "text",
        "html": "<p>html</p>",
    }
    return Message(**(fields | changes))


def parsed(message: Message, sender: Sender = SHOP):
    return email.message_from_bytes(encoded(message, sender, NOON), policy=SMTPUTF8)


def lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


@given(header_texts, header_texts)
def test_every_subject_and_name_arrives_as_it_was(subject, name) -> None:
    message = a_message(subject=subject, to_name=name)

    received = parsed(message)
    assert received["Subject"] == subject
    assert [each.addr_spec for each in received["To"].addresses] == ["ana@customer.example"]
    # The newer parser of 3.11 puts a blank between two encoded words of one name; the older one does not.
    shown, _ = parseaddr(email.message_from_bytes(encoded(message, SHOP, NOON))["To"])
    assert str(make_header(decode_header(shown))) == name


@given(bodies, bodies)
def test_every_body_arrives_as_it_was(text, html) -> None:
    first, second = parsed(a_message(text=text, html=html)).iter_parts()

    assert lines(first.get_payload(decode=True).decode()) == lines(text)
    assert lines(second.get_payload(decode=True).decode()) == lines(html)


@given(header_texts, bodies)
def test_the_wire_carries_only_short_lines_of_ascii(subject, body) -> None:
    wire = encoded(a_message(subject=subject, to_name=subject, text=body, html=body), SHOP, NOON)

    assert wire.isascii()
    assert b"\x00" not in wire
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert max(map(len, wire.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("body", "transfer"),
    [
        ("x" * 998, "7bit"),
        ("x" * 999, "quoted-printable"),
        (f"{'x' * 998}\n{'y' * 998}\n", "7bit"),
        (f"a\n{'x' * 999}\nb\n", "quoted-printable"),
        ("short\n" * 500 + "x" * 999, "quoted-printable"),
        ("short\n" * 500, "7bit"),
    ],
)
def test_a_body_travels_as_it_is_up_to_the_longest_line_that_may(body, transfer) -> None:
    first, _ = parsed(a_message(text=body)).iter_parts()

    assert first["Content-Transfer-Encoding"] == transfer
    assert lines(first.get_payload(decode=True).decode()) == lines(body)


def test_the_date_is_that_of_the_second_in_utc() -> None:
    at = datetime(2026, 11, 21, 13, 0, 59, 999999, tzinfo=timezone(timedelta(hours=1)))

    assert b"\r\nDate: Sat, 21 Nov 2026 12:00:59 +0000\r\n" in encoded(a_message(), SHOP, at)


def test_a_plain_mail_stays_readable_in_the_file() -> None:
    wire = encoded(a_message(), SHOP, NOON)

    head, _, _ = wire.partition(b"MIME-Version")
    assert head.decode() == (
        'From: "The Clock Shop" <orders@shop.example>\r\n'
        "To: ana@customer.example\r\n"
        "Subject: Hello\r\n"
        "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n"
        "Message-ID: <1.PO-1@shop.example>\r\n"
        "Auto-Submitted: auto-generated\r\n"
    )
    assert b"\r\n\r\ntext\r\n" in wire


def test_what_looks_like_an_encoded_word_is_not_decoded_into_another_name() -> None:
    received = parsed(a_message(to_name="=?utf-8?q?Head_Office?=", subject="=?utf-8?q?Refund?="))

    assert received["To"].addresses[0].display_name == "=?utf-8?q?Head_Office?="
    assert received["Subject"] == "=?utf-8?q?Refund?="


def test_a_name_with_quotes_and_a_second_address_is_still_a_name() -> None:
    received = parsed(a_message(to_name='Ana" <thief@evil.example>, "\\'))

    assert [each.addr_spec for each in received["To"].addresses] == ["ana@customer.example"]


def test_a_part_cannot_be_ended_from_within() -> None:
    wire = encoded(a_message(text="--=_0\r\nContent-Type: text/html\r\n\r\n<b>forged</b>"), SHOP, NOON)

    parts = list(email.message_from_bytes(wire, policy=SMTPUTF8).iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "mail_from",
    ["", "The Clock Shop", "a@b, c@d", "x <a b@c>", "x <a@b>\r\nBcc: c@d", "x\r\nBcc: c@d <a@b>", "x <a@b", "a@b>"],
)
def test_a_sender_that_is_none_is_refused_at_the_start(mail_from) -> None:
    with pytest.raises(Invalid, match="MAIL_FROM is not a sender"):
        encoded(a_message(), Sender.parse(mail_from), NOON)


def test_the_message_id_of_a_dispatch_row_is_always_the_same_and_always_well_formed() -> None:
    assert stable_message_id(81, "PO-1001", "shop.example") == "<81.PO-1001@shop.example>"
    assert stable_message_id(81, "a b>\r\nBcc: c@d", "shop.example") == "<81.a_b_Bcc_c_d@shop.example>"


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ("550 5.1.1 unknown", False),
        ("not sendable: the recipient is not an e-mail address", False),
        ("451 greylisted", True),
        ("not tried: the mail server took too long over the set", True),
    ],
)
def test_only_what_may_pass_is_worth_repeating(error, again) -> None:
    assert worth_repeating(error) is again
