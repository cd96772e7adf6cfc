"""What happens at the gateway by itself: somebody at its own desk moves money, and its events arrive as they please."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from fulfillment.chaos.money.stage import Stage
from fulfillment.payments.gateway.port import TransactionKind
from fulfillment.payments.sync.hint import take_hint

KINDS: Final = (
    TransactionKind.CAPTURE,
    TransactionKind.VOID,
    TransactionKind.REFUND,
    TransactionKind.CHARGEBACK,
    TransactionKind.CHARGEBACK,
    TransactionKind.CHARGEBACK_REVERSED,
)

_REFERENCES: Final = text("""
SELECT reference FROM payment WHERE order_id = :id AND reference IS NOT NULL ORDER BY position
""")


def move(stage: Stage, n: int, card: int, kind: TransactionKind, most: int | None) -> None:
    """Somebody at the gateway's desk, or a bank, moves money as far as the books there allow; nobody of ours asked for it."""
    with stage.services.autocommit() as session:
        references = session.execute(_REFERENCES, {"id": stage.order(n)}).scalars().all()
    if references:
        before = len(stage.books.entries)
        stage.books.at_desk(kind, references[card % len(references)], most)
        stage.counts["at the desk"] += len(stage.books.entries) - before


def tell(stage: Stage, latest: int, times: int, *, backward: bool) -> None:
    """The events of the latest entries arrive: in order or not, each as often as the gateway likes."""
    for n in range(latest) if backward else reversed(range(latest)):
        if (event := stage.books.event(n)) is not None:
            for _ in range(times):
                with stage.services.transaction() as session:
                    stage.counts["events"] += 1
                    take_hint(session, event, cause=stage.cause, at=stage.clock())
