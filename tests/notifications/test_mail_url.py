from __future__ import annotations

import pytest

from fulfillment.kernel.errors import Invalid
from fulfillment.notifications.mail_url import make_mailer, smtp_server
from fulfillment.notifications.outbox import OutboxMailer
from fulfillment.notifications.smtp import SmtpMailer
from fulfillment.notifications.smtp_connection import SmtpServer

FROM = "orders@shop.example"


@pytest.mark.parametrize(
    ("mail_url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://mail.example:1025/", SmtpServer("mail.example", 1025)),
        ("smtp://ana:secret@mail.example", SmtpServer("mail.example", 587, user="ana", password="secret")),
        (
            "smtps://ana%40shop.example:p%3As%2Fs%25@mail.example",
            SmtpServer("mail.example", 465, implicit_tls=True, user="ana@shop.example", password="p:s/s%"),
        ),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525)),
    ],
)
def test_reads_where_the_server_is(mail_url, server) -> None:
    assert smtp_server(mail_url) == server


@pytest.mark.parametrize(
    "mail_url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://a:secret@mail.example:port",
        "smtp://mail.example/x",
        "smtp://[::1",
    ],
)
def test_refuses_what_is_no_mail_server_without_repeating_it(mail_url) -> None:
    with pytest.raises(Invalid) as refused:
        smtp_server(mail_url)
    assert "secret" not in str(refused.value)


def test_an_empty_url_means_the_outbox_folder_which_is_not_made_yet(tmp_path) -> None:
    assert isinstance(make_mailer("  ", FROM, tmp_path / "outbox"), OutboxMailer)
    assert list(tmp_path.iterdir()) == []


def test_a_url_means_that_server(tmp_path) -> None:
    assert isinstance(make_mailer("smtp://mail.example", FROM, tmp_path), SmtpMailer)


def test_a_sender_that_is_none_is_refused_at_the_start(tmp_path) -> None:
    for mail_url in ("", "smtp://mail.example"):
        with pytest.raises(Invalid, match="MAIL_FROM"):
            make_mailer(mail_url, "nobody", tmp_path)


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(smtp_server("smtp://ana:secret@mail.example"))
