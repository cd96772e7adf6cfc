"""
Steps that send e-mail: read what it says, send it with no transaction open, close the row.

Mail cannot be asked about: it goes out at least once, with a Message-ID that stays the same, and is repeated only when a
process dies between sending and closing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fulfillment.dispatch.claims import Claim, postpone, read
from fulfillment.dispatch.dead_letters import Retry, record_failure
from fulfillment.kernel.errors import Transient
from fulfillment.notifications.addresses import Sender
from fulfillment.notifications.compose import compose
from fulfillment.notifications.context import MailKind
from fulfillment.notifications.mailer import NOT_TRIED, stable_message_id, worth_repeating
from fulfillment.notifications.read import read_mails
from fulfillment.notifications.sent import close_sent
from fulfillment.wiring import Services

_SERVER_GONE_SECONDS: Final = 15.0
# About three hours: a server that greylists takes a message back for minutes, or for an hour when it is busy.
_PATIENCE: Final = Retry(most_failures=10, first_seconds=30.0, factor=2, longest_seconds=3600.0)


def send_mail(services: Services, step: str, claims: Sequence[Claim]) -> None:
    """Send the mails of a set of dispatch rows; those that were handed over, and those that need none, are closed."""
    kind = MailKind(step.removeprefix("notifications."))
    domain = Sender.parse(services.settings.mail_from).domain
    with services.transaction() as session:
        jobs = read(session, claims)
        mails = read_mails(session, kind, jobs)
    rows = [each.claim for each in jobs if each.claim.id in mails]
    messages = [
        compose(kind, mails[row.id], message_id=stable_message_id(row.id, mails[row.id].number, domain)) for row in rows
    ]
    try:
        errors = services.mailer.send(messages) if messages else []
    except Transient as gone:
        with services.transaction() as session:
            postpone(session, rows, seconds=_SERVER_GONE_SECONDS, error=str(gone))
        return
    _close(services, kind, [each.claim for each in jobs], dict(zip((row.id for row in rows), errors, strict=True)))


def _close(services: Services, kind: MailKind, claims: Sequence[Claim], errors: dict[int, str | None]) -> None:
    with services.transaction() as session:
        close_sent(session, kind, [claim for claim in claims if errors.get(claim.id) is None], at=services.clock())
        for claim in claims:
            error = errors.get(claim.id)
            if error is not None and error.startswith(NOT_TRIED):
                postpone(session, [claim], seconds=_SERVER_GONE_SECONDS, error=error)
            elif error is not None:
                record_failure(session, claim, error, final=not worth_repeating(error), retry=_PATIENCE)
