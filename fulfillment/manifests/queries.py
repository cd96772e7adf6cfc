"""What the step of manifests asks about them. Their own rows are the lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.port import Manifest as Told
from fulfillment.kernel.machine import OfNoOrder

_UNDECIDED = text("""
SELECT m.id, m.carrier, m.status, m.key, m.sends, m.created_at,
       ARRAY(SELECT l.reference FROM manifest_label o JOIN label l ON l.id = o.id
              WHERE o.manifest_id = m.id ORDER BY l.reference) AS "references"
  FROM manifest m
 WHERE m.id = ANY (CAST(:ids AS bigint[])) AND m.status IN ('new', 'sending', 'unknown')
 ORDER BY m.id FOR NO KEY UPDATE OF m
""")


@dataclass(slots=True)
class ManifestUnderLock(OfNoOrder):
    """A manifest of which nobody knows yet whether its carrier knows it, as a subject of its machine."""

    id: int
    carrier: str
    status: str
    key: str
    sends: int
    created_at: datetime
    references: Sequence[str]

    @property
    def told(self) -> Told:
        """Give it as its carrier is told."""
        return Told(self.key, self.references)


def undecided(session: Session, manifest_ids: Iterable[int]) -> list[ManifestUnderLock]:
    """Lock those manifests of which nobody knows yet what became of them."""
    rows = session.execute(_UNDECIDED, {"ids": sorted(set(manifest_ids))})
    return [ManifestUnderLock(*row) for row in rows]
