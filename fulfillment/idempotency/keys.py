"""Keys that clients choose, so that a command sent twice is carried out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from fulfillment.db.write import Insert
from fulfillment.idempotency.models import IdempotencyKey

_STORED = text("""
SELECT fingerprint, status, body, headers FROM idempotency_key WHERE client_id = :client_id AND route = :route AND key = :key
""")


@dataclass(frozen=True, slots=True)
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


def stored_answer(session: Session, claim: IdempotencyClaim) -> Row[tuple[Any, ...]] | None:
    """Give what was answered to the first command with this key, or None where there was none."""
    return session.execute(
        _STORED, {"client_id": claim.client_id, "route": claim.route, "key": claim.key}
    ).one_or_none()
