"""Whatever is asked of the gateway, in whatever order, its books add up."""

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from web.simulators.gateway.entries import Asked, Entry
from web.simulators.gateway.journal import Journal
from web.simulators.gateway.rules import Operation
from web.simulators.refusals import KeyReused

Step = tuple[Operation, int, int | None, int, str]

# Small amounts on few authorizations, so that sequences do reach every bound; now and then a key or a currency is wrong.
AMOUNT = some.integers(1, 5)
KEY = some.one_of(some.none(), some.none(), some.none(), some.integers(0, 39))
CURRENCY = some.sampled_from(["GBP"] * 9 + ["EUR"])
FOLLOW_UP = some.sampled_from(
    [
        *[Operation.CAPTURE, Operation.REFUND] * 3,
        *[Operation.VOID, Operation.EXPIRE, Operation.CHARGEBACK, Operation.CHARGEBACK_REVERSED],
    ]
)
FIRST = some.tuples(some.just(Operation.AUTHORIZE), some.integers(4, 12), KEY, some.just(0), some.just("GBP"))
STEP = some.tuples(FOLLOW_UP, AMOUNT, KEY, some.integers(0, 39), CURRENCY)
STEPS = some.tuples(some.lists(FIRST, min_size=1, max_size=2), some.lists(STEP, min_size=5, max_size=30))


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_sequence_takes_or_gives_back_too_much(steps: tuple[list[Step], list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "books", key_life=1_000_000, authorization_life=15)
        first = {}
        for number, (operation, amount, key, choice, currency) in enumerate(steps[0] + steps[1]):
            asked = ask(
                operation, amount, f"key-{number if key is None else key}", parent(journal, operation, choice), currency
            )
            try:
                entry, replayed = journal.perform(asked, at=float(number))
            except KeyReused:
                assert asked.key in first
                continue
            assert replayed == (asked.key in first)
            assert first.setdefault(asked.key, entry) == entry
        entries = journal.entries(after=0, limit=1000)
        journal.close()

    assert len([entry for entry in entries if entry.key]) == len(first)
    assert_adds_up(entries)


def ask(operation: Operation, amount: int, key: str, parent: str | None, currency: str) -> Asked:
    return Asked(
        key=key,
        fingerprint=f"{operation} {amount} {parent} {currency}",
        operation=operation,
        parent=parent,
        amount=None if operation is Operation.VOID and amount % 2 else amount,
        currency=currency,
        token="tok_declined" if amount == 7 else "tok_ok",
        merchant_reference="PO-1",
    )


def parent(journal: Journal, operation: Operation, choice: int) -> str | None:
    """Any reference there is, so that captures of captures and refunds of refunds are asked for as well."""
    if operation is Operation.AUTHORIZE:
        return None
    references = [entry.reference for entry in journal.entries(after=0, limit=1000)] or ["auth_none"]
    return references[choice % len(references)]


def assert_adds_up(entries: list[Entry]) -> None:
    """Recomputed from the entries alone, with none of the gateway's own sums."""
    succeeded = [entry for entry in entries if entry.outcome == "succeeded"]
    amounts: Counter[tuple[str, Operation]] = Counter()
    refunds_of: Counter[str | None] = Counter()
    for entry in succeeded:
        amounts[entry.authorization, entry.operation] += entry.amount
        if entry.operation is Operation.REFUND:
            refunds_of[entry.parent] += entry.amount
    for authorization in {entry.authorization for entry in succeeded}:
        authorized, captured, voided, refunded, expired, charged_back, given_again = (
            amounts[authorization, operation] for operation in Operation
        )
        assert captured + voided + expired <= authorized
        assert given_again <= charged_back
        assert refunded + charged_back - given_again <= captured
    for capture in succeeded:
        if capture.operation is Operation.CAPTURE:
            assert refunds_of[capture.reference] <= capture.amount
    currency = {entry.reference: entry.currency for entry in succeeded}
    assert all(entry.currency == currency[entry.authorization] for entry in succeeded)
