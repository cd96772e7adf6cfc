"""Scans at the returns desk: each counts once, however often it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict
from fulfillment.returns.models import ReturnScan
from fulfillment.timeline.changes import Changes

_ANSWERED = text("SELECT asked, answer FROM return_scan WHERE return_id = :return AND scan_id = :scan")


def answered(session: Session, return_id: int, scan_id: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """
    Give what a scan was answered, while its order is locked; None for one that was never counted.

    Raises Conflict `scan_id_reused` where another scan had this id.
    """
    row = session.execute(_ANSWERED, {"return": return_id, "scan": scan_id}).one_or_none()
    if row is None:
        return None
    if row.asked != dict(asked):
        raise Conflict(
            f"scan {scan_id} of return {return_id} was another one",
            code="scan_id_reused",
            guard="scan_id",
            remedy="give each scan an id of its own",
        )
    answer: dict[str, Any] = row.answer
    return answer


def keep_answer(
    changes: Changes,
    return_id: int,
    scan_id: str,
    asked: Mapping[str, Any],
    answer: Mapping[str, Any],
    cause: Cause,
) -> None:
    """Remember what a scan was answered."""
    changes.insert(
        ReturnScan,
        {
            "return_id": return_id,
            "scan_id": scan_id,
            "asked": dict(asked),
            "answer": dict(answer),
            "actor": cause.actor,
            "at": changes.at,
        },
    )
