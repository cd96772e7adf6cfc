"""Compare: which transaction of the gateway is which attempt of ours, and what is otherwise (PY3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.payments.gateway import History, Transaction, TransactionKind
from fulfillment.payments.sync.compare import Books, Known, compare

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.rule("PY3")


def ours(
    key: str, kind: str = "capture", amount: int = 500, status: str = "succeeded", reference: str | None = None
) -> Known:
    decided = NOON - timedelta(hours=1) if status in ("succeeded", "failed") else None
    return Known(hash(key), 7, None, key, kind, amount, status, reference, decided)


def theirs(reference: str, key: str | None = None, kind: str = "capture", amount: int = 500) -> Transaction:
    return Transaction(TransactionKind(kind), reference, key, amount, NOON)


@pytest.mark.parametrize(
    ("attempts", "transactions", "found"),
    [
        pytest.param([ours("a")], [theirs("r", "a")], [], id="by key"),
        pytest.param([ours("a", reference="r")], [theirs("r")], [], id="by reference"),
        pytest.param(
            [ours("a", reference="x")], [theirs("r")], [], id="by kind and amount, where nothing else says it"
        ),
        pytest.param(
            [ours("a", reference="x")], [theirs("r"), theirs("s")], [("done_elsewhere", "s")], id="each only once"
        ),
        pytest.param(
            [ours("a"), ours("b")], [theirs("s"), theirs("r", "b")], [], id="the surest sign first, whatever the order"
        ),
        pytest.param([ours("a", status="unknown")], [theirs("r", "a")], [("outcome_known", "r")], id="lost of sight"),
        pytest.param([ours("a", status="unknown")], [theirs("r")], [("in_doubt", "r")], id="perhaps ours"),
        pytest.param(
            [ours("a", status="unknown")], [theirs("r", amount=400)], [("done_elsewhere", "r")], id="surely not ours"
        ),
        pytest.param(
            [ours("a", status="failed")], [theirs("r", "a")], [("done_elsewhere", "r")], id="denied, and done"
        ),
        pytest.param([ours("a", status="new")], [], [], id="not sent yet"),
        pytest.param([ours("a", status="failed")], [], [], id="refused"),
        pytest.param([ours("a")], [theirs("r", "a", amount=400)], [("amounts_differ", "r")], id="another amount"),
        pytest.param([ours("a", reference="r")], [], [("unknown_to_gateway", "r")], id="ours alone"),
        pytest.param([], [theirs("r", kind="expire")], [("expired", "r")], id="expired"),
        pytest.param([], [theirs("r", kind="chargeback")], [("charged_back", "r")], id="charged back"),
    ],
)
def test_finds_what_is_otherwise(
    attempts: list[Known], transactions: list[Transaction], found: list[tuple[str, str]]
) -> None:
    history = History("auth", "GBP", None, tuple(transactions))

    differences = compare(Books(7, "GBP", attempts), history, asked_at=NOON)

    assert [(each.kind, each.reference) for each in differences] == found


def test_another_currency_is_another_amount() -> None:
    [difference] = compare(
        Books(7, "GBP", [ours("a")]), History("auth", "EUR", None, (theirs("r", "a"),)), asked_at=NOON
    )

    assert (difference.kind, difference.currency) == ("amounts_differ", "EUR")


def test_what_was_written_down_after_the_question_cannot_be_in_the_answer() -> None:
    history = History("auth", "GBP", None, ())

    assert compare(Books(7, "GBP", [ours("a")]), history, asked_at=NOON - timedelta(hours=1)) == []
