"""What labels and manifests share of writing down what a carrier said: rows that are through are closed, refusals told, and what is not known is asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.carriers.port import Answer, ManifestAnswer, Result
from fulfillment.dispatch import dead_letters, operations
from fulfillment.dispatch.claims import Claim, ClaimedJob, close, postpone
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


def put_off(session: Session, claim: Claim, answer: Answer | ManifestAnswer, *, name: str = "") -> None:
    """Ask again later, less and less often. What nobody can know any more goes to a person, by the `name` it has with the carrier."""
    if answer.code == "key_expired":
        told = f"{name}: {answer.message}" if name else str(answer.message)
        dead_letters.record_failure(session, claim, told, final=True)
    else:
        seconds = min(300.0, 2.0 ** min(claim.fence, 9))
        postpone(session, [claim], seconds=seconds, error=f"{answer.code}: {answer.message}")
