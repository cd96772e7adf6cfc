"""What must be true after every step, and what must be true at rest. The gateway's journal is believed; our tables are the accused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.chaos.money.books import Entry
from fulfillment.chaos.money.stage import Stage
from fulfillment.checks.check import check
from fulfillment.checks.invariant import DUE, PAID, Invariant, listed
from fulfillment.checks.invariants import INVARIANTS
from fulfillment.checks.money import MONEY
from fulfillment.explanations.explain import explain
from fulfillment.explanations.explanation import Motion
from fulfillment.process import STEPS

_ANY_BROKEN: Final = {
    invariants: text("SELECT " + " OR ".join(f"EXISTS ({invariant.query})" for invariant in invariants))
    for invariants in (MONEY, INVARIANTS)
}
_ATTEMPTS: Final = text("""
SELECT a.key, a.kind, a.amount, a.status, a.reference FROM payment_attempt a JOIN payment p ON p.id = a.payment_id
 WHERE p.method = 'card' ORDER BY a.id
""")

# Whoever writes takes a number, even if it is taken back afterwards: as long as the next number is the same, all rows are.
_STATE: Final = text("SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)")
_UNDECIDED: Final = ("sending", "unknown")

# What moves between two orders no gateway hears of.
_LEDGER: Final = text("""
SELECT p.reference, t.kind, sum(t.amount) AS amount FROM money_transfer t JOIN payment p ON p.id = t.payment_id
 WHERE p.method = 'card' AND p.reference IS NOT NULL AND 'exchange' NOT IN (t.debit, t.credit) GROUP BY p.reference, t.kind
""")

# A chargeback that a person has entered meanwhile is none.
_DIFFERENT: Final = text("""
SELECT kind, what, amount, reference FROM payment_difference d
 WHERE NOT EXISTS (SELECT FROM chargeback c
                    WHERE c.payment_id = d.payment_id AND d.reference IN (c.reference, c.reversal_reference))
 ORDER BY id
""")

# A refund that a cancellation or a return brought is told with it, but for a pay-out, which comes later; a declined card only while the order is open.
_TO_BE_TOLD: Final = text("""
SELECT o.number, (o.covered_at IS NOT NULL)::int AS received,
       (SELECT count(*) FROM payment_attempt a WHERE a.order_id = o.id AND a.kind = 'refund' AND a.status = 'succeeded'
           AND coalesce(a.reason NOT IN ('canceled', 'returned_goods'), true)
           AND NOT EXISTS (SELECT FROM exchange_credit c WHERE c.id = a.payment_id)) AS refunded,
       (SELECT count(*) FROM payment_attempt a JOIN payment p ON p.id = a.payment_id
         WHERE a.order_id = o.id AND p.method = 'manual' AND a.kind = 'refund' AND a.status = 'succeeded'
           AND a.reason = 'canceled') AS paid_out,
       (SELECT count(*) FROM payment p WHERE p.order_id = o.id AND p.declined IS NOT NULL) AS declined
  FROM purchase_order o
""")

# With a gateway that answers, and whose books were compared, nothing stays but goods that left and that no payment can pay for
# any more: none has anything open, and the order owes for them. What comes after it in its lane waits for it.
_EXPLAINED: Final = f"""
SELECT FROM purchase_order o
 WHERE o.id = d.order_id AND d.step = 'payments.capture' AND d.last_error LIKE 'under_authorized: %' AND o.open_authorized = 0
   AND least({DUE}, (SELECT coalesce(sum(s.amount), 0) FROM shipment s WHERE s.order_id = o.id AND s.status = 'shipped'))
       > {PAID} - o.charged_back - o.given_back
"""  # noqa: S608 - our own names only
_PASSING: Final = tuple(name for name, step in STEPS.items() if step.passes_dead)
_LEFT_OVER: Final = text(f"""
SELECT step, dead, last_error FROM dispatch d
 WHERE NOT CASE WHEN dead THEN EXISTS ({_EXPLAINED})
                ELSE step <> ALL (ARRAY[{listed(_PASSING)}]) AND EXISTS (SELECT FROM dispatch e WHERE e.order_id = d.order_id AND e.lane = d.lane AND e.dead AND e.id < d.id)
           END
""")  # noqa: S608 - our own names only


def violations(stage: Stage) -> list[str]:
    """
    What is wrong at this moment, whatever is under way: the identities of money, and any entry that cannot be ours.

    Where nothing was written since nothing was wrong, neither by us nor by the gateway, nothing is looked at again.
    """
    state = (_state(stage), len(stage.books.entries))
    if state == stage.found_right:
        return []
    found = [*_broken(stage, MONEY), *_against_the_journal(stage)]
    stage.found_right = None if found else state
    return found


def in_flight(stage: Stage) -> list[str]:
    """What is wrong with all the rest of the database at this moment."""
    return [*_broken(stage, INVARIANTS)]


def at_rest(stage: Stage) -> list[str]:
    """What is wrong when nothing is under way any more: every invariant, every explanation, every mail."""
    return [*_broken(stage, INVARIANTS), *_unexplained(stage), *_left_over(stage), *_told_otherwise(stage)]


def differences(stage: Stage) -> list[str]:
    """Where our ledger and the gateway's journal differ at rest: per authorization and kind, to the minor unit."""
    ours: Counter[tuple[str, str]] = Counter()
    with stage.services.transaction() as session:
        for reference, kind, amount in session.execute(_LEDGER):
            ours[reference, kind] += int(amount)
    theirs: Counter[tuple[str, str]] = Counter()
    taken_over = {reference for reference, _ in ours}
    handed_in = set(stage.handed_in) - taken_over  # and refused: what becomes of those is none of our business
    for entry in stage.books.successes():
        if entry.authorization in handed_in:
            continue
        theirs[entry.authorization, entry.kind] += entry.amount
    return [
        f"{reference}: {kind} {ours[reference, kind]} in our ledger, {theirs[reference, kind]} in the journal"
        for reference, kind in sorted(ours.keys() | theirs.keys())
        if ours[reference, kind] != theirs[reference, kind]
    ]


def _state(stage: Stage) -> str:
    with stage.services.autocommit() as session:
        return str(session.execute(_STATE).scalar_one())


def _broken(stage: Stage, invariants: tuple[Invariant, ...]) -> Iterator[str]:
    """Ask whether any is broken in one statement, since this is asked all the time; only then which rows break it."""
    with stage.services.autocommit() as session:
        is_broken = session.execute(_ANY_BROKEN[invariants]).scalar_one()
    if not is_broken:
        return
    for finding in check(stage.services.engine, invariants):
        if not finding.holds:
            yield f"{finding.invariant.name}: {[dict(row) for row in finding.rows[:3]]}"


def _against_the_journal(stage: Stage) -> Iterator[str]:
    """
    Hold each attempt against what the gateway did under its key.

    What we count as done was done, once; what the gateway did for us is counted, or somebody is still to find out. What was
    done at its own desk we may not have heard of yet.
    """
    with stage.services.autocommit() as session:
        attempts = {row.key: row for row in session.execute(_ATTEMPTS)}
    done: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in stage.books.successes():
        done[entry.name].append(entry)
    for name, entries in done.items():
        if len(entries) > 1:
            yield f"{name}: done {len(entries)} times by the gateway"
        if name in attempts and attempts[name].status not in ("succeeded", *_UNDECIDED):
            yield f"{name}: done by the gateway, {attempts[name].status} with us"
        if name not in attempts and entries[0].key is not None:
            yield f"{name}: done by the gateway under a key that we never wrote down"
    for name in (name for name, attempt in attempts.items() if attempt.status == "succeeded"):
        # An authorization that a storefront made itself has no key of ours: the attempt that took it over has its reference.
        found = [entry.amount for entry in done.get(name) or done[f"gateway:{attempts[name].reference}"]]
        if found != [attempts[name].amount]:
            yield f"{name}: {attempts[name].kind} of {attempts[name].amount} with us, {found} at the gateway"


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


def _told_otherwise(stage: Stage) -> Iterator[str]:
    """Customers are told of each thing once: that the order is paid for, of each refund, and of each card that was declined."""
    told = Counter(
        (mail.headers["X-Order-Number"], mail.headers["X-Mail-Kind"]) for mail in stage.postbox.mails.values()
    )
    with stage.services.transaction() as session:
        for row in session.execute(_TO_BE_TOLD):
            received, refunded, declined = (
                told[row.number, kind] for kind in ("order_received", "refunded", "payment_declined")
            )
            if received != row.received:
                yield f"{row.number}: told {received} times that it is received, and it is paid for {row.received} times"
            if not row.refunded <= refunded <= row.refunded + row.paid_out:
                yield f"{row.number}: told of {refunded} refunds, there were {row.refunded}"
            if declined > row.declined:
                yield f"{row.number}: told of {declined} declined cards, there were {row.declined}"


def _left_over(stage: Stage) -> Iterator[str]:
    """What is left waits for a person: nothing pays any more for goods that have left."""
    with stage.services.transaction() as session:
        for row in session.execute(_DIFFERENT):
            yield f"left over: {row.kind}, {row.what} of {row.amount}, {row.reference}"
        for row in session.execute(_LEFT_OVER):
            yield f"left over: {row.step}, dead {row.dead}: {row.last_error}"
