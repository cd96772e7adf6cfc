"""
Steps that move money: commit the intention, call the gateway with no transaction open, write down the answer.

A crash between any two of the three is harmless. An attempt that may have been sent before is asked about first, by its
key, and sent again under the same key only when the gateway surely never saw it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.dispatch import dead_letters, operations
from fulfillment.dispatch.claims import Claim, ClaimedJob, close, lock, postpone, read
from fulfillment.kernel.job import Outcome, Refusal
from fulfillment.payments.adding.hand_in import ask_about_handed_in, judge
from fulfillment.payments.attempts.action import give_up, keep_actions
from fulfillment.payments.attempts.plan import plan
from fulfillment.payments.attempts.settle import Answered, lose_sight, settle
from fulfillment.payments.gateway.port import AUTHORIZATION_EXPIRED, Answer, Gateway, Operation, Request, Result
from fulfillment.payments.queries import Attempt, open_attempts
from fulfillment.wiring import Services

KEY_LIFE: Final = timedelta(hours=23)
"""How long gateways remember a key, less a margin. Past it an attempt is only asked about, never sent again."""

_CALL_AT_ONCE: Final = 32
_CALL_SECONDS_MOST: Final = 45.0
"""A set stops calling after so long, far below the time limit of a task; what was not called has its turn again."""

_NOT_CALLED: Final = Answer(Result.UNKNOWN, None, "not_called", "the gateway was too slow for the whole set")
_NOBODY_KNOWS: Final = "the outcome is unknown, and the gateway no longer knows the key: compare with its records"

# A decline is an answer to the customer; any other refusal of the gateway needs a person.
_ENDS_IN_DEAD_LETTER: Final = ("payments.capture", "payments.void_rest", "payments.return_money")

_COUNT_SENDS = text("UPDATE payment_attempt SET sends = sends + 1 WHERE id = ANY (CAST(:ids AS bigint[]))")


def move_money(services: Services, step: str, claims: Sequence[Claim]) -> None:
    """Run one step that moves money for a set of dispatch rows."""
    at = services.clock()
    with services.transaction() as session:
        jobs = read(session, claims)
        attempts, refused = _attempts(session, step, jobs, at=at)
    handed_in = [each for each in attempts if each.adopts is not None and each.kind == Operation.AUTHORIZE]
    answers = _call(services.gateway, [each for each in attempts if each not in handed_in], at)
    told = ask_about_handed_in(services.gateway, handed_in)
    with services.transaction() as session:
        answers |= judge(session, handed_in, told)
        _write_down(session, step, _Called(jobs, attempts, answers, refused), at=services.clock())


@dataclass(frozen=True, slots=True)
class _Called:
    """A set after its calls: `answers` by attempt, `refused` by dispatch row (no attempt was made for those)."""

    jobs: Sequence[ClaimedJob]
    attempts: Sequence[Attempt]
    answers: Mapping[int, Answer]
    refused: Mapping[int, Refusal]


def _attempts(
    session: Session, step: str, jobs: Sequence[ClaimedJob], *, at: datetime
) -> tuple[list[Attempt], dict[int, Refusal]]:
    """Give the attempts of these jobs that have no outcome, those of an earlier run and those planned now; and refusals."""
    again = open_attempts(session, (each.claim.id for each in jobs))
    begun = {attempt.dispatch_id for attempt in again}
    fresh = [each for each in jobs if each.claim.id not in begun]
    refused = plan(session, step, fresh, at=at) if fresh else {}
    if again:
        session.execute(_COUNT_SENDS, {"ids": [attempt.id for attempt in again]})
    return open_attempts(session, (each.claim.id for each in jobs)), refused


def _call(gateway: Gateway, attempts: Sequence[Attempt], at: datetime) -> dict[int, Answer]:
    answers: dict[int, Answer] = {}
    started = time.monotonic()
    for start in range(0, len(attempts), _CALL_AT_ONCE):
        part = attempts[start : start + _CALL_AT_ONCE]
        if time.monotonic() - started > _CALL_SECONDS_MOST:
            answers |= dict.fromkeys((attempt.id for attempt in part), _NOT_CALLED)
            continue
        unsent = [attempt for attempt in part if attempt.sends == 1]
        seen = [attempt for attempt in part if attempt.sends > 1]
        for attempt, found in zip(seen, gateway.find([_request(each) for each in seen]) if seen else [], strict=True):
            if found is not None:
                answers[attempt.id] = give_up(gateway, attempt, _request(attempt), found)
            elif at - attempt.created_at < KEY_LIFE:
                unsent.append(attempt)
            else:
                answers[attempt.id] = Answer(Result.UNKNOWN, None, "key_expired", _NOBODY_KNOWS)
        sent = gateway.send([_request(attempt) for attempt in unsent]) if unsent else []
        answers |= {attempt.id: answer for attempt, answer in zip(unsent, sent, strict=True)}
    return answers


def _request(attempt: Attempt) -> Request:
    return Request(
        key=attempt.key,
        operation=Operation(attempt.kind),
        amount=attempt.amount,
        currency=attempt.currency,
        token=attempt.token if attempt.kind == Operation.AUTHORIZE else None,
        reference=attempt.reference,
        merchant_reference=attempt.order_number,
    )


def _write_down(session: Session, step: str, called: _Called, *, at: datetime) -> None:
    """Write down what became of the attempts whose dispatch rows are still ours; close those rows that are through."""
    answers = called.answers
    ours = {each.claim.id: each for each in lock(session, [each.claim for each in called.jobs])}
    # Another hand-out of the same row may have settled an attempt since: only what is still open is written.
    still_open = {attempt.id: attempt for attempt in open_attempts(session, ours)}
    mine = [still_open[attempt.id] for attempt in called.attempts if attempt.id in still_open]
    clear = [attempt for attempt in mine if answers[attempt.id].result != Result.UNKNOWN]
    unclear = [attempt for attempt in mine if answers[attempt.id].result == Result.UNKNOWN]
    causes = {row: each.job.cause for row, each in ours.items()}
    settle(session, [Answered(each, answers[each.id], causes[each.dispatch_id or 0]) for each in clear], at=at)
    lost = [(attempt, answers[attempt.id]) for attempt in unclear]
    lose_sight(session, lost, causes, at=at)
    keep_actions(session, lost, at=at)
    _postpone(session, ours, unclear, answers)
    undecided = {attempt.dispatch_id for attempt in unclear}
    no = {each.dispatch_id or 0: answers[each.id] for each in clear if answers[each.id].result == Result.FAILED}
    decided = [each for row, each in ours.items() if row not in undecided]
    if step in _ENDS_IN_DEAD_LETTER:
        decided = _without_trouble(session, decided, no, called.refused)
        # Whatever an earlier run was refused is not told again: only a new plan shows that nothing is left to do.
        again = {attempt.dispatch_id for attempt in mine if attempt.sends > 1}
        repeated = [each.claim for each in decided if each.claim.id in again]
        postpone(session, repeated, seconds=0, error="decided late: looked at once more")
        decided = [each for each in decided if each.claim.id not in again]
    close(session, [each.claim for each in decided])
    refused = [_refusal(each, no[each.claim.id]) for each in decided if each.claim.id in no]
    refused += [called.refused[each.claim.id] for each in decided if each.claim.id in called.refused]
    outcome = Outcome(done=[each.job.subject_id for each in decided], refused=refused)
    operations.finish(session, [each.job for each in decided], outcome, at=at)


def _without_trouble(
    session: Session, decided: Sequence[ClaimedJob], no: Mapping[int, Answer], refused: Mapping[int, Refusal]
) -> list[ClaimedJob]:
    """Make dead letters of the rows that a person must look at, and give the others."""
    troubles = {row: f"{refusal.guard}: {refusal.reason}" for row, refusal in refused.items()}
    # What has expired is booked, and what was asked for is asked of another payment.
    refusals = {row: answer for row, answer in no.items() if answer.code != AUTHORIZATION_EXPIRED}
    troubles |= {row: f"{answer.code}: {answer.message}" for row, answer in refusals.items()}
    for each in decided:
        if (trouble := troubles.get(each.claim.id)) is not None:
            dead_letters.record_failure(session, each.claim, trouble, final=True)
    return [each for each in decided if each.claim.id not in troubles]


def _postpone(
    session: Session, ours: Mapping[int, ClaimedJob], unclear: Sequence[Attempt], answers: Mapping[int, Answer]
) -> None:
    """Ask again later, less and less often. What nobody can know any more goes to a person."""
    for attempt in unclear:
        answer, claim = answers[attempt.id], ours[attempt.dispatch_id or 0].claim
        if answer.code == "key_expired":
            dead_letters.record_failure(session, claim, f"{attempt.key}: {_NOBODY_KNOWS}", final=True)
        else:
            seconds = min(300.0, 2.0 ** min(attempt.sends, 9))
            postpone(session, [claim], seconds=seconds, error=f"{answer.code}: {answer.message}")


def _refusal(each: ClaimedJob, answer: Answer) -> Refusal:
    return Refusal(
        each.job.subject_id,
        guard=answer.code or "refused",
        reason=answer.message or "the gateway refused",
        remedy="add another payment" if each.step == "payments.authorize" else "read the payment's transactions",
    )
