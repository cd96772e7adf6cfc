"""Hand in: a storefront's own authorization is taken over when it fits, and never twice. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.driver import fetch
from fulfillment.db.session import Executor
from fulfillment.kernel.errors import Conflict, Invalid
from fulfillment.kernel.money import printed
from fulfillment.payments.gateway.port import Answer, Gateway, History, Result, TransactionKind
from fulfillment.payments.queries import Attempt

_USED = """
SELECT adopts FROM payment WHERE adopts = ANY (CAST(%(references)s AS text[])) AND declined IS NULL ORDER BY adopts LIMIT 1
"""
_OURS = text("SELECT key FROM payment_attempt WHERE key = ANY (CAST(:keys AS text[]))")

USED: Final = "authorization_used"


def refuse_used(executor: Executor, references: Sequence[str]) -> None:
    """Refuse an authorization that pays for something already. Raises Conflict `authorization_used`, Invalid where one is named twice."""
    if not references:
        return
    if len(set(references)) < len(references):
        raise Invalid("an authorization is named twice", code="duplicate_authorization")
    if used := fetch(executor, _USED, {"references": list(references)}):
        raise used_already(used[0].adopts)


def used_already(reference: str) -> Conflict:
    """Give what to raise for an authorization that pays for something already."""
    return Conflict(
        f"authorization {reference} pays for something already",
        code=USED,
        guard=USED,
        remedy="let the customer authorize anew, and hand that in",
    )


def ask_about_handed_in(gateway: Gateway, attempts: Sequence[Attempt]) -> dict[int, History | Answer]:
    """Ask the gateway about the authorizations that these attempts are to take over. No transaction may be open."""
    told = gateway.history([each.adopts or "" for each in attempts]) if attempts else []
    return {each.id: answer for each, answer in zip(attempts, told, strict=True)}


def judge(session: Session, attempts: Sequence[Attempt], told: dict[int, History | Answer]) -> dict[int, Answer]:
    """Say of each attempt whether the authorization that was handed in for it is what it must be."""
    keys = [
        each.key for answer in told.values() if isinstance(answer, History) for each in answer.transactions if each.key
    ]
    ours = set(session.execute(_OURS, {"keys": keys}).scalars()) if keys else set()
    return {each.id: _judged(each, told[each.id], ours) for each in attempts}


def _judged(attempt: Attempt, told: History | Answer, ours: Collection[str]) -> Answer:
    if isinstance(told, Answer):
        return told
    authorized = [each for each in told.transactions if each.kind == TransactionKind.AUTHORIZE]
    if not authorized:
        return _no("not_authorized", "the customer has not authorized it, or it was declined")
    if any(each.key in ours for each in told.transactions):
        return _no(USED, "we made it ourselves, for another payment")
    if len(told.transactions) > 1:
        return _no(USED, "something was captured, voided or added to it already")
    amount = authorized[0].amount
    if (amount, told.currency) != (attempt.amount, attempt.currency):
        wanted = printed(attempt.amount, attempt.currency)
        return _no("amount_mismatch", f"{printed(amount, told.currency)} is authorized, and {wanted} is to be paid")
    return Answer(Result.SUCCEEDED, told.reference, None, None, expires_at=told.expires_at)


def _no(code: str, why: str) -> Answer:
    return Answer(Result.FAILED, None, code, f"The authorization that was handed in does not fit: {why}.")
