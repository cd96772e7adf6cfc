"""Keys that clients choose, so that a command sent twice is carried out once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.session import Executor
from fulfillment.db.write import Insert
from fulfillment.idempotency.models import IdempotencyKey
from fulfillment.kernel.immutable import immutable

_TAKE = text("""
INSERT INTO idempotency_key (client_id, route, key, fingerprint) VALUES (:client_id, :route, :key, :fingerprint)
ON CONFLICT DO NOTHING RETURNING 1
""")
_KEEP = text("""
UPDATE idempotency_key SET status = :status, body = CAST(:body AS jsonb), headers = CAST(:headers AS jsonb)
 WHERE client_id = :client_id AND route = :route AND key = :key
""")
_STORED = text("""
SELECT fingerprint, status, body, headers FROM idempotency_key WHERE client_id = :client_id AND route = :route AND key = :key
""")


@immutable
class IdempotencyClaim:
    """One command of one client: its route, the key it chose, and a fingerprint of what it sent."""

    client_id: int
    route: str
    key: str
    fingerprint: str

    def insert(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Insert:
        """Give the row to write in the transaction of the effect, with the answer that a repeat will get."""
        row = {
            "client_id": self.client_id,
            "route": self.route,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "status": status,
            "body": body,
            "headers": headers,
        }
        # created_at has its default; a column that is not named is not touched.
        return Insert(IdempotencyKey, [row])


@immutable
class StoredAnswer:
    """What was answered to the first command with a key."""

    fingerprint: str
    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def fingerprint(method: str, path: str, document: object) -> str:
    """Tell two commands apart by what they ask; spaces and the order of members do not count."""
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)  # what came in was read with 64 bits at most
    return hashlib.sha256(f"{method} {path}\n".encode() + canonical).hexdigest()


def take(session: Session, claim: IdempotencyClaim) -> bool:
    """
    Take the key for this transaction; False where it was used before.

    Waits for another transaction that holds the same key, for as long as the connection waits for locks.
    """
    return session.execute(_TAKE, _place(claim) | {"fingerprint": claim.fingerprint}).one_or_none() is not None


def keep_answer(
    session: Session, claim: IdempotencyClaim, *, status: int, body: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    """Keep the answer that a repeat of this command will get."""
    session.execute(
        _KEEP,
        _place(claim)
        | {"status": status, "body": orjson.dumps(body).decode(), "headers": orjson.dumps(dict(headers)).decode()},
    )


def stored_answer(executor: Executor, claim: IdempotencyClaim) -> StoredAnswer | None:
    """Give what was answered to the first command with this key, or None where there was none."""
    row = executor.execute(_STORED, _place(claim)).one_or_none()
    return None if row is None else StoredAnswer(row.fingerprint, row.status, row.body, row.headers)


def _place(claim: IdempotencyClaim) -> dict[str, Any]:
    return {"client_id": claim.client_id, "route": claim.route, "key": claim.key}
