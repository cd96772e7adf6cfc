"""What MAIL_URL says: which mailer, and where its server is."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from fulfillment.kernel.errors import Invalid
from fulfillment.notifications.mailer import Mailer
from fulfillment.notifications.outbox import OutboxMailer
from fulfillment.notifications.smtp import SmtpMailer
from fulfillment.notifications.smtp_connection import SmtpServer

_RELAY_PORT: Final = 25
_SUBMISSION_PORT: Final = 587
_SUBMISSION_TLS_PORT: Final = 465


def make_mailer(mail_url: str, mail_from: str, outbox_folder: Path) -> Mailer:
    """
    Give the mailer that MAIL_URL names: an SMTP server, or with an empty URL the outbox folder.

    Touches neither network nor disk. Raises Invalid where the URL or the sender makes no sense.
    """
    if not mail_url.strip():
        return OutboxMailer(outbox_folder, mail_from)
    return SmtpMailer(smtp_server(mail_url.strip()), mail_from)


def smtp_server(mail_url: str) -> SmtpServer:
    """
    Read `smtp://user:password@host:port` or `smtps://...`; user and password are percent-encoded.

    Without a port: 465 for smtps, 587 for smtp with a user, else 25. Raises Invalid, without repeating the password.
    """
    try:
        url = urlsplit(mail_url)
        host, port = url.hostname, url.port
    except ValueError:
        raise _not_a_mail_url() from None
    if url.scheme not in {"smtp", "smtps"} or not host or url.path.strip("/") or url.query or url.fragment:
        raise _not_a_mail_url()
    return SmtpServer(
        host=host,
        port=port or _usual_port(url),
        implicit_tls=url.scheme == "smtps",
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password or ""),
    )


def _usual_port(url: SplitResult) -> int:
    if url.scheme == "smtps":
        return _SUBMISSION_TLS_PORT
    return _SUBMISSION_PORT if url.username else _RELAY_PORT


def _not_a_mail_url() -> Invalid:
    return Invalid(
        "MAIL_URL is not the address of a mail server",
        remedy="Write it as smtp://host:port or smtps://user:password@host:port, or leave it empty for the outbox",
    )
