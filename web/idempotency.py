"""
One command is carried out once, however often it is sent.

The key is taken in the transaction of the effect: a crash before the commit leaves neither, a crash after it leaves
both. Nothing is kept for a refused command, since its transaction is rolled back: it may be sent again, corrected or
not, with the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fulfillment.access.keys import Key
from fulfillment.idempotency.keys import IdempotencyClaim, fingerprint, keep_answer, stored_answer, take
from fulfillment.wiring import Services
from web.call import Reply
from web.card_numbers import key_holds_card_number
from web.errors import RETRY_AFTER, RequestError
from web.headers import header

_MOST_CHARACTERS: Final = 255
_LOCK_TIMEOUT: Final = "55P03"
_DEADLOCK: Final = ("40P01", "40001")
_TRIES_AFTER_DEADLOCK: Final = 3


def key_of_request() -> str:
    """Give the Idempotency-Key header. Raises 400 where it is missing or malformed."""
    key = header("IDEMPOTENCY_KEY")
    if not key:
        raise RequestError(
            400,
            "idempotency_key_missing",
            "every POST needs an Idempotency-Key",
            remedy="send a fresh random key (a UUID) with each command, and the same key when you repeat it",
        )
    if len(key) > _MOST_CHARACTERS or not key.isascii() or not key.isprintable():
        raise RequestError(
            400, "idempotency_key_malformed", "an Idempotency-Key is 1 to 255 printable ASCII characters"
        )
    if key_holds_card_number(key):
        raise RequestError(
            400,
            "card_number",
            "a card number must never be sent here",
            remedy="send a fresh random key (a UUID); treat the number as leaked to your own logs",
        )
    return key


def claim_of(key: Key, route: str, idempotency_key: str, document: object) -> IdempotencyClaim:
    """Make the claim of this command: the key counts per client and route, the fingerprint covers path and body."""
    return IdempotencyClaim(key.id, route, idempotency_key, fingerprint(request.method, request.path, document))


def once(services: Services, claim: IdempotencyClaim, act: Callable[[Session], Reply]) -> Reply:
    """Carry out a command in one transaction with its key, or give the answer that the first one got."""
    return _tried(lambda: _once(services, claim, act))


def in_transaction(services: Services, act: Callable[[Session], Reply]) -> Reply:
    """Carry out a change in one transaction without a key: the version it goes by keeps it from being done twice."""

    def attempt() -> Reply:
        with services.transaction() as session:
            return act(session)

    return _tried(attempt)


def replay(session: Session, claim: IdempotencyClaim) -> Reply:
    """Give the answer that the first command with this key got. Raises 422 where that was another command."""
    stored = stored_answer(session, claim)
    assert stored is not None, "a key that is taken has an answer: both are one transaction"
    if stored.fingerprint != claim.fingerprint:
        raise RequestError(
            422,
            "idempotency_key_reused",
            "this Idempotency-Key was used for another request",
            remedy="use a fresh key for each command",
        )
    return Reply(stored.body, stored.status, stored.headers, replayed=True)


def refuse_while_running(error: OperationalError) -> None:
    """Raise 409 where a statement waited in vain for another transaction that holds the same key."""
    if (running := _still_running(error)) is not None:
        raise running from None


def _tried(attempt: Callable[[], Reply]) -> Reply:
    """Try again where two transactions were in each other's way."""
    for left in reversed(range(_TRIES_AFTER_DEADLOCK)):
        try:
            return attempt()
        except OperationalError as error:
            if left == 0 or _sqlstate(error) not in _DEADLOCK:
                raise _still_running(error) or error from None
    raise AssertionError("unreachable")


def _once(services: Services, claim: IdempotencyClaim, act: Callable[[Session], Reply]) -> Reply:
    with services.transaction() as session:
        if not take(session, claim):
            return replay(session, claim)
        reply = act(session)
        keep_answer(session, claim, status=reply.status, body=reply.body, headers=reply.headers)
        return reply


def _still_running(error: OperationalError) -> RequestError | None:
    """Tell waiting for the same key from waiting for anything else by the table the statement waited at."""
    if _sqlstate(error) != _LOCK_TIMEOUT or "idempotency_key" not in (_context(error) or ""):
        return None
    return RequestError(
        409,
        "idempotency_key_in_use",
        "the first request with this Idempotency-Key is still running",
        remedy="send it again in a moment",
        headers=RETRY_AFTER,
    )


def _sqlstate(error: OperationalError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _context(error: OperationalError) -> str | None:
    diagnosis: Any = getattr(error.orig, "diag", None)
    context: str | None = getattr(diagnosis, "context", None)
    return context
