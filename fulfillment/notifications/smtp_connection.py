"""A connection to a mail server: opened, encrypted where it can be, logged in."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import Final

from fulfillment.notifications.mailer import MailUnavailable

# Seconds. A whole set stays well below the lease of its dispatch rows, so that nobody else sends it meanwhile.
ANSWER_SECONDS: Final = 10.0
SET_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the mail server is and how to speak to it."""

    host: str
    port: int
    implicit_tls: bool = False
    user: str | None = None
    password: str = field(default="", repr=False)
    answer_seconds: float = ANSWER_SECONDS
    set_seconds: float = SET_SECONDS

    @property
    def is_local(self) -> bool:
        """Whether what is said to it stays on this machine."""
        return self.host in {"localhost", "127.0.0.1", "::1"}


def connected(server: SmtpServer, own_name: str) -> smtplib.SMTP:
    """Give a connection that takes mail. Raises MailUnavailable where there is none to be had."""
    with contextlib.ExitStack() as on_failure:
        try:
            connection = _opened(server, own_name)
            on_failure.callback(connection.close)
            encrypted = server.implicit_tls or _encrypted_if_offered(connection, server)
            _log_in(connection, server, encrypted=encrypted)
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(f"the mail server {server.host}:{server.port} does not take mail: {error}") from error
        on_failure.pop_all()
        return connection


def _opened(server: SmtpServer, own_name: str) -> smtplib.SMTP:
    # Without a name of its own, smtplib asks the name service, which can take seconds.
    if server.implicit_tls:
        return smtplib.SMTP_SSL(
            server.host, server.port, own_name, timeout=server.answer_seconds, context=ssl.create_default_context()
        )
    return smtplib.SMTP(server.host, server.port, own_name, timeout=server.answer_seconds)


def _encrypted_if_offered(connection: smtplib.SMTP, server: SmtpServer) -> bool:
    connection.ehlo_or_helo_if_needed()
    if not connection.has_extn("starttls"):
        return False
    context = ssl.create_default_context()
    if server.user is None or server.is_local:
        # With a password at stake the server has to prove its name. Without, encryption is a bonus, as between mail
        # servers: whoever could forge a certificate could as well hide the offer.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    connection.starttls(context=context)
    return True


def _log_in(connection: smtplib.SMTP, server: SmtpServer, *, encrypted: bool) -> None:
    if server.user is None:
        return
    if not (encrypted or server.is_local):
        raise MailUnavailable(
            f"{server.host} offers no encryption, so the password was not sent", remedy="Use smtps:// in MAIL_URL"
        )
    connection.login(server.user, server.password)
