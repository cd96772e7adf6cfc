"""What must be true after every step, and what must be true at rest. The gateway's journal is believed; our tables are the accused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.chaos.money.stage import Stage
from fulfillment.checks.check import check
from fulfillment.checks.invariant import Invariant
from fulfillment.checks.invariants import INVARIANTS
from fulfillment.checks.money import MONEY
from fulfillment.explanations.explain import explain
from fulfillment.explanations.explanation import Motion

_ANY_BROKEN: Final = text("SELECT " + " OR ".join(f"EXISTS ({identity.query})" for identity in MONEY))
_ATTEMPTS: Final = text("SELECT key, kind, amount, status FROM payment_attempt ORDER BY id")
_UNDECIDED: Final = ("sending", "unknown", "by_hand")

_LEDGER: Final = text("""
SELECT p.reference, t.kind, sum(t.amount) AS amount FROM money_transfer t JOIN payment p ON p.id = t.payment_id
 WHERE p.reference IS NOT NULL GROUP BY p.reference, t.kind
""")

_LEFT_OVER: Final = text("""
SELECT step, dead, last_error FROM dispatch d
 WHERE NOT CASE WHEN dead THEN step LIKE 'payments.%' ELSE EXISTS (SELECT FROM dispatch e WHERE e.order_id = d.order_id
                                                                      AND e.lane = d.lane AND e.dead AND e.id < d.id) END
""")


def violations(stage: Stage) -> list[str]:
    """What is wrong at this moment, whatever is under way: the identities of money, and any entry that cannot be ours."""
    return [*_broken_identities(stage), *_against_the_journal(stage)]


def in_flight(stage: Stage) -> list[str]:
    """What is wrong with all the rest of the database at this moment."""
    return [*_broken(stage, INVARIANTS)]


def at_rest(stage: Stage) -> list[str]:
    """What is wrong when nothing is under way any more: every invariant, every explanation, every mail."""
    return [*_broken(stage, INVARIANTS), *_unexplained(stage), *_left_over(stage)]


def differences(stage: Stage) -> list[str]:
    """Where our ledger and the gateway's journal differ at rest: per authorization and kind, to the minor unit."""
    ours: Counter[tuple[str, str]] = Counter()
    with stage.services.transaction() as session:
        for reference, kind, amount in session.execute(_LEDGER):
            ours[reference, kind] += int(amount)
    theirs: Counter[tuple[str, str]] = Counter()
    for entry in stage.gateway.journal:
        if entry.succeeded:
            theirs[entry.authorization, entry.operation] += entry.amount
    return [
        f"{reference}: {kind} {ours[reference, kind]} in our ledger, {theirs[reference, kind]} in the journal"
        for reference, kind in sorted(ours.keys() | theirs.keys())
        if ours[reference, kind] != theirs[reference, kind]
    ]


def _broken_identities(stage: Stage) -> Iterator[str]:
    """Ask whether any is broken in one statement, since this is asked after every step; only then which rows break it."""
    with stage.services.transaction() as session:
        is_broken = session.execute(_ANY_BROKEN).scalar_one()
    if is_broken:
        yield from _broken(stage, MONEY)


def _broken(stage: Stage, invariants: Sequence[Invariant]) -> Iterator[str]:
    for finding in check(stage.services.engine, invariants):
        if not finding.holds:
            yield f"{finding.invariant.name}: {[dict(row) for row in finding.rows[:3]]}"


def _against_the_journal(stage: Stage) -> Iterator[str]:
    """
    Hold each attempt against what the gateway did under its key.

    What we count as done was done, once; what the gateway did is counted, or somebody is still to find out.
    """
    with stage.services.transaction() as session:
        attempts = {row.key: row for row in session.execute(_ATTEMPTS)}
    done = Counter(entry.key for entry in stage.gateway.journal if entry.succeeded)
    for key, times in done.items():
        if times > 1:
            yield f"{key}: done {times} times by the gateway"
        if key not in attempts:
            yield f"{key}: done by the gateway under a key that we never wrote down"
        elif attempts[key].status not in ("succeeded", *_UNDECIDED):
            yield f"{key}: done by the gateway, {attempts[key].status} with us"
    amounts = {entry.key: entry.amount for entry in stage.gateway.journal if entry.succeeded}
    for key, attempt in attempts.items():
        if attempt.status == "succeeded" and amounts.get(key) != attempt.amount:
            yield f"{key}: {attempt.kind} of {attempt.amount} with us, {amounts.get(key)} at the gateway"


def _unexplained(stage: Stage) -> Iterator[str]:
    """No order stands still without a reason, and what its reason calls for is open to somebody."""
    with stage.services.snapshot() as session:
        for number in session.execute(text("SELECT number FROM purchase_order ORDER BY id")).scalars().all():
            found = explain(session, number, role=Role.ADMIN, at=stage.clock())
            if found.motion == Motion.MOVING:
                yield f"{number} says that it moves, at rest"
            if (found.blockers == []) != (found.motion == Motion.DONE):
                yield f"{number} is {found.motion} with {len(found.blockers)} blockers"
            if any(blocker.code == "stands_still" for blocker in found.blockers):
                yield f"{number} stands still, and nobody knows why"


def _left_over(stage: Stage) -> Iterator[str]:
    """What is left waits for a person: money that the gateway refused, or that nobody can know of any more."""
    with stage.services.transaction() as session:
        for row in session.execute(_LEFT_OVER):
            yield f"left over: {row.step}, dead {row.dead}: {row.last_error}"
