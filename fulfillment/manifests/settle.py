"""Settle: what the carrier answered to manifests, written down once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.carriers.port import ManifestAnswer, Result
from fulfillment.kernel.cause import Cause
from fulfillment.manifests.models import Manifest
from fulfillment.manifests.queries import ManifestUnderLock
from fulfillment.manifests.states import MANIFEST, ManifestStatus
from fulfillment.timeline.changes import Changes

_LET_GO = text("DELETE FROM manifest_label WHERE manifest_id = ANY (CAST(:ids AS bigint[]))")


def settle(session: Session, told: Iterable[tuple[ManifestUnderLock, ManifestAnswer, Cause]], *, at: datetime) -> None:
    """
    Write down what became of locked manifests; an unclear answer makes one unknown.

    The labels of one that the carrier refused go on another.
    """
    changes = Changes(at=at)
    refused: list[int] = []
    for manifest, answer, cause in told:
        said: dict[str, Any] = {"code": answer.code, "message": answer.message}
        if answer.result == Result.UNKNOWN and manifest.status != ManifestStatus.SENDING:
            changes.set(Manifest, manifest.id, **said)
            continue
        verb = {Result.SUCCEEDED: "close_manifest", Result.FAILED: "fail", Result.UNKNOWN: "lose_sight"}[answer.result]
        changes.move(MANIFEST, Manifest, manifest, verb, cause, status_since=at, reference=answer.reference, **said)
        refused += [manifest.id] if manifest.status == ManifestStatus.FAILED else []
    if refused:
        session.execute(_LET_GO, {"ids": refused})
    changes.write(session)
