"""What labels and manifests share of writing down what a carrier said: rows that are through are closed, refusals told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.carriers.port import Answer, ManifestAnswer, Result
from fulfillment.dispatch import operations
from fulfillment.dispatch.claims import ClaimedJob, close
from fulfillment.kernel.job import Outcome, Refusal


def close_answered(
    session: Session,
    through: Sequence[ClaimedJob],
    answers: Mapping[int, Answer] | Mapping[int, ManifestAnswer],
    *,
    remedy: str,
    at: datetime,
) -> None:
    """Close the rows that are through, and tell their operations; `remedy` helps where the carrier refused."""
    close(session, [each.claim for each in through])
    refused = [
        Refusal(
            each.job.subject_id,
            guard=answer.code or "refused",
            reason=answer.message or "the carrier refused",
            remedy=remedy,
        )
        for each in through
        if (answer := answers.get(each.job.subject_id)) is not None and answer.result == Result.FAILED
    ]
    outcome = Outcome(done=[each.job.subject_id for each in through], refused=refused)
    operations.finish(session, [each.job for each in through], outcome, at=at)
