"""The mailer that speaks SMTP: a set of messages over one connection."""

from __future__ import annotations

import contextlib
import re
import smtplib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from fulfillment.notifications.addresses import Sender, deliverable
from fulfillment.notifications.mailer import NOT_TRIED, UNSENDABLE, MailUnavailable, Message
from fulfillment.notifications.mime import encoded
from fulfillment.notifications.smtp_connection import SmtpServer, connected

_OUT_OF_TIME: Final = f"{NOT_TRIED}the mail server took too long over the set"
_UNCERTAIN: Final = "the connection broke while sending; the message may have arrived"
_CLOSING: Final = "421"
_SHORTEST_NAME: Final = 5
"""Characters of a name that is looked for in an answer: a shorter one may be any word."""


class SmtpMailer:
    """Hands messages to one mail server."""

    def __init__(
        self, server: SmtpServer, mail_from: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raises Invalid where `mail_from` is no sender."""
        self._server = server
        self._sender = Sender.parse(mail_from)
        self._clock = clock

    def send(self, messages: Sequence[Message]) -> list[str | None]:
        """
        Hand the messages over, all on one connection unless the server closes it between two; see Mailer.send.

        A connection that breaks within a message leaves that one uncertain; the rest goes over a new connection.
        """
        if not messages:
            return []
        conversation = _Conversation(self._server, self._sender)
        try:
            return [conversation.hand_over(message, self._clock()) for message in messages]
        finally:
            conversation.end()


class _Conversation:
    """What is said to the server during one set."""

    def __init__(self, server: SmtpServer, sender: Sender) -> None:
        self._server = server
        self._sender = sender
        self._ends = time.monotonic() + server.set_seconds
        self._connection = connected(server, sender.domain)
        self._taken = 0  # messages on this connection
        self._gone: str | None = None

    def hand_over(self, message: Message, at: datetime) -> str | None:
        """Give None, or why the message was not handed over."""
        try:
            recipient = deliverable(message.to)
            content = encoded(message, self._sender, at)
        except ValueError as error:
            return f"{UNSENDABLE}{error}"
        outcome = self._attempt(recipient, content)
        if outcome is not None and outcome.startswith(_CLOSING) and self._taken:
            # A server that takes only so many messages on one connection says so here, having taken nothing.
            outcome = self._attempt(recipient, content)
        return outcome

    def _attempt(self, recipient: str, content: bytes) -> str | None:
        if time.monotonic() > self._ends:
            return _OUT_OF_TIME
        if self._connection.sock is None:
            self._reopen()
        return self._gone or self._transfer(recipient, content)

    def _transfer(self, recipient: str, content: bytes) -> str | None:
        options = () if recipient.isascii() else ("SMTPUTF8",)
        try:
            self._connection.sendmail(self._sender.address, [recipient], content, options)
        except smtplib.SMTPNotSupportedError:
            return f"{UNSENDABLE}the mail server takes no address with letters beyond ASCII"
        except smtplib.SMTPRecipientsRefused as refused:
            return _said(*refused.recipients[recipient], recipient)
        except smtplib.SMTPResponseException as refused:
            return _said(refused.smtp_code, refused.smtp_error, recipient)
        except (smtplib.SMTPException, OSError):
            self._connection.close()
            return _UNCERTAIN
        self._taken += 1
        return None

    def _reopen(self) -> None:
        try:
            self._connection = connected(self._server, self._sender.domain)
            self._taken = 0
        except MailUnavailable as error:
            self._gone = f"{NOT_TRIED}{error}"

    def end(self) -> None:
        """Take leave of the server, if it is still there."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._connection.quit()
        self._connection.close()


def _said(code: int, text: bytes | str, recipient: str) -> str:
    """Give what the server said, without the address or the name before its @, in whatever case: outcomes are stored and logged."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    name = recipient.partition("@")[0]
    hidden = [recipient] + [name] * (len(name) >= _SHORTEST_NAME)
    pattern = "|".join(rf"(?<![\w.+-]){re.escape(each)}(?![\w+-])" for each in hidden)
    return f"{code} {re.sub(pattern, 'the recipient', said, flags=re.IGNORECASE)}"
