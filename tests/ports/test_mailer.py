"""What every mailer promises, held by the outbox folder and by a real conversation over SMTP."""

from __future__ import annotations

import email
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from fulfillment.kernel.errors import Transient
from fulfillment.notifications.mail_url import make_mailer
from fulfillment.notifications.mailer import Mailer, MailUnavailable, Message, worth_repeating
from fulfillment.notifications.outbox import mails_in
from fulfillment.notifications.smtp import SmtpMailer
from fulfillment.notifications.smtp_connection import SmtpServer

FROM = "The Clock Shop <orders@shop.example>"


class Postbox:
    """The receiving side: keeps what it takes, and misbehaves for the recipients that ask for it."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.sessions: set[Session] = set()
        self.messages_per_connection = 1000

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options) -> str:  # noqa: N802  aiosmtpd's name
        self.sessions.add(session)
        session.mails = getattr(session, "mails", 0) + 1
        if session.mails > self.messages_per_connection:
            return "421 4.7.0 Enough for one connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options) -> str:  # noqa: N802  aiosmtpd's name
        if address.startswith("refused"):
            return f"550 5.1.1 <{address}> unknown here"
        if address.startswith("later"):
            return "450 4.2.1 Mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        if envelope.rcpt_tos[0].startswith("broken"):
            server.transport.abort()
            return "250 never heard"
        if envelope.rcpt_tos[0].startswith("spam"):
            return "554 5.7.1 Looks like spam"
        self.taken.append(envelope)
        return "250 OK"


class LoopbackServer(Controller):
    """An SMTP server on a free port that nobody can take between looking for it and using it."""

    def __init__(self, postbox: Postbox, **options) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        super().__init__(postbox, hostname="127.0.0.1", port=self.listening.getsockname()[1], **options)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def smtp_server(postbox) -> Iterator[LoopbackServer]:
    server = LoopbackServer(postbox, enable_SMTPUTF8=True)
    server.start()
    yield server
    server.stop()


class Subject:
    """A mailer and a way to see what came out of it."""

    def __init__(self, mailer: Mailer, received: Callable[[], list[bytes]]) -> None:
        self.mailer = mailer
        self.raw = received

    def received(self) -> list[EmailMessage]:
        return [email.message_from_bytes(each, policy=SMTPUTF8) for each in self.raw()]


@pytest.fixture(params=["outbox", "smtp"])
def subject(request, tmp_path: Path) -> Subject:
    if request.param == "outbox":
        files = tmp_path / "data" / "outbox"
        return Subject(make_mailer("", FROM, files), lambda: list(mails_in(files)))
    postbox, server = request.getfixturevalue("postbox"), request.getfixturevalue("smtp_server")
    mailer = make_mailer(f"smtp://127.0.0.1:{server.port}", FROM, tmp_path / "unused")
    return Subject(mailer, lambda: [each.content for each in postbox.taken])


def a_message(number: int = 1, *, to: str = "ana@customer.example", **changes) -> Message:
    fields = {
        "message_id": f"<{number}.PO-100{number}@shop.example>",
        "to": to,
        "subject": f"Order PO-100{number} has shipped",
        "text": "It is on its way.\n",
        "html": "<p>It is on its way.</p>\n",
        "headers": {"X-Order-Number": f"PO-100{number}"},
    }
    return Message(**(fields | changes))


class TestEveryMailer:
    def test_hands_over_text_and_html_with_the_headers_of_an_automatic_mail(self, subject) -> None:
        assert subject.mailer.send([a_message(to_name="Ana Díaz")]) == [None]

        [received] = subject.received()
        assert received["From"] == FROM
        assert received["To"].addresses[0].display_name == "Ana Díaz"
        assert received["To"].addresses[0].addr_spec == "ana@customer.example"
        assert received["Subject"] == "Order PO-1001 has shipped"
        assert received["Message-ID"] == "<1.PO-1001@shop.example>"
        assert received["Auto-Submitted"] == "auto-generated"
        assert received["X-Order-Number"] == "PO-1001"
        assert received["Date"].datetime.tzinfo is not None
        assert received.get_content_type() == "multipart/alternative"
        text, html = received.iter_parts()
        assert (text.get_content_type(), text.get_content()) == ("text/plain", "It is on its way.\r\n")
        assert (html.get_content_type(), html.get_content()) == ("text/html", "<p>It is on its way.</p>\r\n")
        assert received.defects == []

    def test_keeps_the_order_of_a_set(self, subject) -> None:
        assert subject.mailer.send([a_message(number) for number in (3, 1, 2)]) == [None, None, None]

        assert [each["X-Order-Number"] for each in subject.received()] == ["PO-1003", "PO-1001", "PO-1002"]

    def test_does_nothing_for_an_empty_set(self, subject) -> None:
        assert subject.mailer.send([]) == []
        assert subject.received() == []

    def test_sends_a_repeat_again_under_the_same_message_id(self, subject) -> None:
        assert subject.mailer.send([a_message()]) == [None]
        assert subject.mailer.send([a_message()]) == [None]

        assert [each["Message-ID"] for each in subject.received()] == ["<1.PO-1001@shop.example>"] * 2

    @pytest.mark.parametrize(
        "bad",
        [
            {"to": "ana@customer.example\r\nBcc: thief@evil.example"},
            {"to": "ana@customer.example, thief@evil.example"},
            {"to": "no address"},
            {"to": f"{'a' * 250}@customer.example"},
            {"to_name": "Ana\r\nBcc: thief@evil.example"},
            {"subject": "Order\nBcc: thief@evil.example"},
            {"subject": "Order\u2028Bcc: thief@evil.example"},
            {"headers": {"X-Note": "a\r\n\r\nAnother body"}},
            {"headers": {"X-Note: a\r\nBcc": "thief@evil.example"}},
            {"headers": {"Bcc": "thief@evil.example"}},
            {"message_id": "<1@shop.example>\r\nBcc: thief@evil.example"},
            {"message_id": "1@shop.example"},
            {"text": "a lone surrogate \ud800"},
        ],
    )
    def test_refuses_an_unsendable_message_alone_and_for_good(self, subject, bad) -> None:
        before, refused, after = subject.mailer.send([a_message(1), a_message(2, **bad), a_message(3)])

        assert (before, after) == (None, None)
        assert refused is not None
        assert refused.startswith("not sendable: ")
        assert not worth_repeating(refused)
        assert "@" not in refused
        assert [each["X-Order-Number"] for each in subject.received()] == ["PO-1001", "PO-1003"]
        assert all(each["Bcc"] is None for each in subject.received())

    def test_delivers_to_addresses_beyond_ascii(self, subject) -> None:
        assert subject.mailer.send([a_message(to="josé@müller.example", to_name="José")]) == [None]

        received = email.message_from_string(subject.raw()[0].decode(), policy=SMTPUTF8)
        assert received["To"].addresses[0].addr_spec == "josé@xn--mller-kva.example"

    def test_keeps_lines_that_smtp_would_read_as_its_own(self, subject) -> None:
        tricky = ".\r\n..\n.hidden\nFrom here on\n"

        assert subject.mailer.send([a_message(text=tricky)]) == [None]

        text, _ = subject.received()[0].iter_parts()
        assert text.get_content() == ".\r\n..\r\n.hidden\r\nFrom here on\r\n"


class TestSmtp:
    def test_writes_sender_and_recipient_on_the_envelope(self, postbox, smtp_server, tmp_path) -> None:
        make_mailer(f"smtp://127.0.0.1:{smtp_server.port}", FROM, tmp_path).send([a_message()])

        [envelope] = postbox.taken
        assert (envelope.mail_from, envelope.rcpt_tos) == ("orders@shop.example", ["ana@customer.example"])

    def test_says_which_recipient_was_refused_and_sends_the_others_on_the_same_connection(
        self, postbox, smtp_server, tmp_path
    ) -> None:
        mailer = make_mailer(f"smtp://127.0.0.1:{smtp_server.port}", FROM, tmp_path)

        outcomes = mailer.send([a_message(1), a_message(2, to="refused@customer.example"), a_message(3)])

        assert outcomes == [None, "550 5.1.1 <the recipient> unknown here", None]
        assert [each.rcpt_tos for each in postbox.taken] == [["ana@customer.example"]] * 2
        assert len(postbox.sessions) == 1

    @pytest.mark.parametrize(
        ("to", "outcome"),
        [
            ("later@customer.example", "450 4.2.1 Mailbox busy"),
            ("spam@customer.example", "554 5.7.1 Looks like spam"),
            ("broken@customer.example", "the connection broke while sending; the message may have arrived"),
        ],
    )
    def test_says_what_went_wrong_with_one_and_sends_the_others(self, postbox, smtp_server, to, outcome) -> None:
        mailer = SmtpMailer(SmtpServer("127.0.0.1", smtp_server.port), FROM)

        assert mailer.send([a_message(1), a_message(2, to=to), a_message(3)]) == [None, outcome, None]
        assert [each.rcpt_tos for each in postbox.taken] == [["ana@customer.example"]] * 2

    def test_opens_a_new_connection_where_the_server_limits_messages_on_one(
        self, postbox, smtp_server, tmp_path
    ) -> None:
        postbox.messages_per_connection = 2

        outcomes = make_mailer(f"smtp://127.0.0.1:{smtp_server.port}", FROM, tmp_path).send(
            [a_message(number) for number in range(5)]
        )

        assert outcomes == [None] * 5
        assert len(postbox.taken) == 5
        assert len(postbox.sessions) == 3

    def test_raises_where_no_server_is(self, tmp_path) -> None:
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            mailer = make_mailer(f"smtp://127.0.0.1:{deaf.getsockname()[1]}", FROM, tmp_path)

            with pytest.raises(MailUnavailable, match=r"does not take mail: .*refused") as raised:
                mailer.send([a_message()])
        assert isinstance(raised.value, Transient)

    def test_raises_where_the_server_never_answers(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            server = SmtpServer("127.0.0.1", silent.getsockname()[1], answer_seconds=0.2)
            with pytest.raises(MailUnavailable, match="timed out"):
                SmtpMailer(server, FROM).send([a_message()])

    def test_leaves_the_rest_untried_where_the_server_goes_away_in_the_middle(self, postbox, smtp_server) -> None:
        async def stop_listening(server, session, envelope, address, options) -> str:
            if address.startswith("broken"):
                smtp_server.server.close()
            return await Postbox.handle_RCPT(postbox, server, session, envelope, address, options)

        postbox.handle_RCPT = stop_listening
        mailer = SmtpMailer(SmtpServer("127.0.0.1", smtp_server.port), FROM)

        first, second, third, fourth = mailer.send(
            [a_message(1), a_message(2, to="broken@customer.example"), a_message(3), a_message(4)]
        )

        assert first is None
        assert second == "the connection broke while sending; the message may have arrived"
        assert third is not None
        assert third.startswith("not tried: ")
        assert fourth == third
        assert len(postbox.taken) == 1

    def test_stops_trying_when_the_set_takes_too_long(self, postbox, smtp_server) -> None:
        mailer = SmtpMailer(SmtpServer("127.0.0.1", smtp_server.port, set_seconds=-1), FROM)

        assert mailer.send([a_message()]) == ["not tried: the mail server took too long over the set"]
        assert postbox.taken == []

    def test_refuses_an_address_beyond_ascii_that_the_server_cannot_take(self, postbox) -> None:
        server = LoopbackServer(postbox, enable_SMTPUTF8=False)
        server.start()
        try:
            mailer = SmtpMailer(SmtpServer("127.0.0.1", server.port), FROM)
            outcomes = mailer.send([a_message(1, to="josé@customer.example"), a_message(2)])
        finally:
            server.stop()

        assert outcomes == ["not sendable: the mail server takes no address with letters beyond ASCII", None]

    def test_logs_in_with_the_percent_decoded_password(self, postbox, tmp_path) -> None:
        seen = []

        def authenticator(server, session, envelope, mechanism, login):
            seen.append((login.login, login.password))
            return AuthResult(success=True)

        server = LoopbackServer(postbox, authenticator=authenticator, auth_require_tls=False)
        server.start()
        try:
            mailer = make_mailer(f"smtp://shop%40example:p%3A%2Fss@127.0.0.1:{server.port}", FROM, tmp_path)
            assert mailer.send([a_message()]) == [None]
        finally:
            server.stop()

        assert seen == [(b"shop@example", b"p:/ss")]
