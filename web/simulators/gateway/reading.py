"""What is asked of the gateway's books; whoever asks holds their lock."""

from sqlite3 import Connection

from web.simulators.gateway.entries import Entry, as_entry
from web.simulators.gateway.rules import Operation, Standing

DECIDED = (
    "at, key, operation, reference, parent, authorization, amount, currency, outcome, code, merchant_reference, expires,"
    " at_desk"
)
ENTRY = f"seq, {DECIDED}"


def by_key(books: Connection, key: str, *, since: float) -> tuple[Entry, str] | None:
    """Give what was decided on a key last, with the fingerprint of what was asked."""
    row = books.execute(
        f"SELECT {ENTRY}, fingerprint FROM journal WHERE key = ? AND at > ?"  # noqa: S608  a constant
        " ORDER BY seq DESC LIMIT 1",
        (key, since),
    ).fetchone()
    return None if row is None else (as_entry(row[:-1]), row[-1])


def by_reference(books: Connection, reference: str) -> Entry | None:
    """Give the decision that has this reference."""
    row = books.execute(
        f"SELECT {ENTRY} FROM journal WHERE reference = ?",  # noqa: S608  a constant
        (reference,),
    ).fetchone()
    return None if row is None else as_entry(row)


def standing_of(books: Connection, authorization: str) -> Standing | None:
    """Give how much of an authorization went where."""
    first = by_reference(books, authorization)
    if first is None or first.operation is not Operation.AUTHORIZE:
        return None
    sums = dict(
        books.execute(
            "SELECT operation, sum(amount) FROM journal WHERE authorization = ? AND outcome = 'succeeded'"
            " GROUP BY operation",
            (authorization,),
        ).fetchall()
    )
    return Standing(
        currency=first.currency,
        authorized=sums.get("authorize", 0),
        captured=sums.get("capture", 0),
        voided=sums.get("void", 0),
        refunded=sums.get("refund", 0),
        expired=sums.get("expire", 0),
        charged_back=sums.get("chargeback", 0) - sums.get("chargeback_reversed", 0),
    )


def refundable_of(books: Connection, parent: Entry) -> int | None:
    """Give what is left to refund of a capture; None for anything else."""
    if parent.operation is not Operation.CAPTURE:
        return None
    (refunded,) = books.execute(
        "SELECT coalesce(sum(amount), 0) FROM journal"
        " WHERE authorization = ? AND parent = ? AND operation = 'refund' AND outcome = 'succeeded'",
        (parent.authorization, parent.reference),
    ).fetchone()
    captured = parent.amount if parent.outcome == "succeeded" else 0
    return captured - int(refunded)
