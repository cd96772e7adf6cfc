"""The gateway's books: an append-only journal of decisions."""

import secrets
from pathlib import Path

from web.simulators.books import Books
from web.simulators.gateway.entries import Asked, Entry, Pending, as_entry
from web.simulators.gateway.reading import DECIDED, ENTRY, by_key, by_reference, refundable_of, standing_of
from web.simulators.gateway.rules import Operation, Standing, refuse_authorization, refuse_follow_up
from web.simulators.gateway.schema import SCHEMA
from web.simulators.refusals import KeyReused

PREFIX = {
    Operation.AUTHORIZE: "auth",
    Operation.CAPTURE: "cap",
    Operation.VOID: "void",
    Operation.REFUND: "ref",
    Operation.EXPIRE: "exp",
    Operation.CHARGEBACK: "cb",
    Operation.CHARGEBACK_REVERSED: "cbr",
}


ACTION_LIFE = 3600.0  # Seconds in which a customer confirms.


class Journal(Books):
    """The books in one file."""

    def __init__(self, path: Path, *, key_life: float, authorization_life: float) -> None:
        super().__init__(path, SCHEMA)
        self._key_life = key_life
        self._authorization_life = authorization_life

    def perform(self, asked: Asked, *, at: float) -> tuple[Entry, bool]:
        """
        Decide and write down, or find what was decided on this key before: the entry, and whether it is a repeat.

        Raises KeyReused when the key stood for something else. A key is forgotten after its life, as gateways do:
        the same key then moves money again.
        """
        with self._writing():
            earlier = by_key(self._connection, asked.key, since=at - self._key_life)
            if earlier is None:
                return self._decide(asked, at), False
            entry, fingerprint = earlier
            if fingerprint != asked.fingerprint:
                raise KeyReused
            return entry, True

    def pend(self, asked: Asked, *, at: float) -> Pending | Entry:
        """
        Let an authorization wait for its customer; give it, or what was decided on its key before.

        Raises KeyReused when the key stood for something else.
        """
        with self._writing():
            if (earlier := by_key(self._connection, asked.key, since=0.0)) is not None:
                return earlier[0]
            row = (f"auth_{secrets.token_hex(12)}", at, asked.key, asked.fingerprint, asked.amount, asked.currency)
            self._connection.execute(
                "INSERT INTO pending VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (*row, asked.merchant_reference),
            )
            pending = self._pending("key", asked.key)
            assert pending is not None
            if pending.fingerprint != asked.fingerprint:
                raise KeyReused
            return pending

    def pending(self, column: str, value: str, *, at: float) -> Pending | None:
        """Give what waits for its customer, by its `key` or `reference`; one whose time is over is decided now."""
        found = self._pending(column, value)
        if found is not None and at > found.at + ACTION_LIFE:
            self.act(found.reference, "action_expired", at=at)
            return None
        return found

    def act(self, reference: str, code: str | None, *, at: float) -> Entry | None:
        """Decide what waits for its customer: agreed, or refused by a code. None where nothing waits by this reference."""
        with self._writing():
            if (found := self._pending("reference", reference)) is None:
                return None
            self._connection.execute("DELETE FROM pending WHERE reference = ?", (reference,))
            asked = Asked(
                key=found.key,
                fingerprint=found.fingerprint,
                operation=Operation.AUTHORIZE,
                parent=None,
                amount=found.amount,
                currency=found.currency,
                token="",
                merchant_reference=found.merchant_reference,
            )
            return self._write(asked, at, None, found.amount, code, reference=reference)

    def _pending(self, column: str, value: str) -> Pending | None:
        row = self._connection.execute(f"SELECT * FROM pending WHERE {column} = ?", (value,)).fetchone()  # noqa: S608  a constant
        return None if row is None else Pending(*row)

    def latest(self, key: str) -> Entry | None:
        """What was decided on a key, however long ago."""
        with self._lock:
            found = by_key(self._connection, key, since=0.0)
        return found[0] if found else None

    def standing(self, authorization: str, *, at: float) -> tuple[Standing, list[Entry]] | None:
        """How much of an authorization went where, and every decision on it."""
        with self._writing():
            self._expire_in_time(authorization, at)
            rows = self._connection.execute(
                f"SELECT {ENTRY} FROM journal WHERE authorization = ? ORDER BY seq",  # noqa: S608  a constant
                (authorization,),
            ).fetchall()
            standing = standing_of(self._connection, authorization)
        return None if standing is None else (standing, [as_entry(row) for row in rows])

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """Decisions in the order they were made."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {ENTRY} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608  a constant
                (after, limit),
            ).fetchall()
        return [as_entry(row) for row in rows]

    def _decide(self, asked: Asked, at: float) -> Entry:
        if asked.operation is Operation.AUTHORIZE:
            assert asked.amount is not None
            return self._write(asked, at, None, asked.amount, refuse_authorization(asked.token))
        parent = by_reference(self._connection, asked.parent or "")
        standing = None if parent is None else standing_of(self._connection, parent.authorization)
        if parent is None or standing is None or not _may_follow(asked.operation, parent):
            return self._write(asked, at, asked.parent, asked.amount or 0, "no_such_authorization")
        if self._expire_in_time(parent.authorization, at):
            standing = standing_of(self._connection, parent.authorization) or standing
        amount = standing.most(asked.operation) if asked.amount is None else asked.amount
        code = refuse_follow_up(
            asked.operation,
            standing,
            amount=amount,
            currency=asked.currency,
            refundable_of_capture=refundable_of(self._connection, parent),
        )
        return self._write(asked, at, parent.authorization, amount, code)

    def _write(
        self,
        asked: Asked,
        at: float,
        authorization: str | None,
        amount: int,
        code: str | None,
        *,
        reference: str | None = None,
    ) -> Entry:
        reference = reference or f"{PREFIX[asked.operation]}_{secrets.token_hex(12)}"
        row = (
            at,
            asked.key,
            asked.operation,
            reference,
            asked.parent,
            authorization or reference,
            amount,
            asked.currency,
            "failed" if code else "succeeded",
            code,
            asked.merchant_reference,
            at + self._authorization_life if asked.operation is Operation.AUTHORIZE and code is None else None,
            asked.at_desk,
        )
        cursor = self._connection.execute(
            f"INSERT INTO journal ({DECIDED}, fingerprint)"  # noqa: S608  a constant
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, asked.fingerprint),
        )
        return as_entry((cursor.lastrowid, *row))

    def _expire_in_time(self, authorization: str, at: float) -> bool:
        """Write down what is open of an authorization whose time is over, when somebody looks at it."""
        first, standing = by_reference(self._connection, authorization), standing_of(self._connection, authorization)
        if first is None or standing is None or first.expires is None or at < first.expires or not standing.open:
            return False
        ended = Asked(
            "", "", Operation.EXPIRE, authorization, None, first.currency, "", first.merchant_reference, at_desk=True
        )
        self._write(ended, first.expires, authorization, standing.open, None)
        return True


def _may_follow(operation: Operation, parent: Entry) -> bool:
    """Captures and voids name the authorization; a refund may name one of its captures."""
    return parent.operation is Operation.AUTHORIZE or (
        operation is Operation.REFUND and parent.operation is Operation.CAPTURE
    )
