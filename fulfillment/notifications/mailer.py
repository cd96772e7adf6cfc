"""The port through which e-mail leaves: what a message is, and what sending a set of them promises."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final, Protocol

from fulfillment.kernel.errors import Transient
from fulfillment.kernel.immutable import immutable

# Starts the outcome of a message that no repeat can save, because it is the message that is at fault.
UNSENDABLE: Final = "not sendable: "

# Starts the outcome of a message that the server was never asked about: nothing is known against it.
NOT_TRIED: Final = "not tried: "

_UNSAFE_IN_MESSAGE_ID: Final = re.compile(r"[^A-Za-z0-9_-]+")


@immutable
class Message:
    """
    One e-mail to one person, without its sender, which the mailer knows.

    `message_id` has its angle brackets and stays the same on every repeat, so that a repeat can be recognized.
    `to` is the bare address. `headers` are further header fields; the mailer writes the usual ones itself.
    """

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    to_name: str = ""


class MailUnavailable(Transient):
    """The mail server cannot be reached, or the outbox folder not be written: nothing of the set was sent."""

    code = "mail_unavailable"


class Mailer(Protocol):
    """Hands messages over to whatever delivers them."""

    def send(self, messages: Sequence[Message]) -> list[str | None]:
        """
        Hand a set of messages over, in their order, and say for each what became of it.

        None: handed over. Text: not handed over, or not known to be, and why; it starts with the code of the server
        where the server gave one, and never holds the address. One bad message or recipient does not fail the others.

        Raises MailUnavailable where nothing could be tried at all.
        """
        ...


def stable_message_id(dispatch_id: int, order_number: str, domain: str) -> str:
    """Give the Message-ID of the mail that one dispatch row asks for: the same however often it is sent."""
    return f"<{dispatch_id}.{_UNSAFE_IN_MESSAGE_ID.sub('_', order_number)}@{domain}>"


def worth_repeating(error: str) -> bool:
    """Tell whether sending again may help: not after a permanent refusal (5xx), nor for an unsendable message."""
    return not error.startswith(("5", UNSENDABLE))
