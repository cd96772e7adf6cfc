"""The step `manifests.close`: tell carriers what they have taken over, once, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.carriers.port import Carrier, ManifestAnswer, Result
from fulfillment.dispatch.claims import Claim, ClaimedJob, lock, read
from fulfillment.manifests.models import Manifest
from fulfillment.manifests.queries import ManifestUnderLock, undecided
from fulfillment.manifests.settle import settle
from fulfillment.manifests.states import MANIFEST, ManifestStatus
from fulfillment.timeline.changes import Changes
from fulfillment.wiring import Services
from fulfillment.workflow.carrier_answers import close_answered, put_off

KEY_LIFE: Final = timedelta(hours=23)
"""How long carriers remember a key, less a margin. Past it a manifest is only asked about, never sent again."""

_NOBODY_KNOWS: Final = "the outcome is unknown, and the carrier no longer knows the key: compare with its records"
_KEY_EXPIRED: Final = ManifestAnswer(Result.UNKNOWN, None, "key_expired", _NOBODY_KNOWS)
_NO_SUCH_CARRIER: Final = ManifestAnswer(
    Result.UNKNOWN, None, "no_such_carrier", "This carrier is not connected (CARRIER_URL)."
)

Answers = dict[int, ManifestAnswer]


def close_manifests(services: Services, _step: str, claims: Sequence[Claim]) -> None:
    """Commit that carriers are about to be told, tell them with no transaction open, and write down what they say."""
    with services.transaction() as session:
        jobs = read(session, claims)
        to_tell = _about_to_tell(session, jobs, at=services.clock())
    answers: Answers = {}
    for manifest in to_tell:
        answers[manifest.id] = _told(services.carriers, manifest, services.clock())
    with services.transaction() as session:
        _write_down(session, jobs, answers, at=services.clock())


def _about_to_tell(session: Session, jobs: Sequence[ClaimedJob], *, at: datetime) -> list[ManifestUnderLock]:
    causes = {each.job.subject_id: each.job.cause for each in jobs}
    changes = Changes(at=at)
    found = undecided(session, causes)
    for manifest in found:
        manifest.sends += 1
        if manifest.status == ManifestStatus.NEW:
            changes.move(MANIFEST, Manifest, manifest, "send", causes[manifest.id], status_since=at)
        changes.set(Manifest, manifest.id, sends=manifest.sends)
    changes.write(session)
    return found


def _told(carriers: Mapping[str, Carrier], manifest: ManifestUnderLock, at: datetime) -> ManifestAnswer:
    """Ask by the key where it was sent before; send it where the carrier surely never saw it."""
    carrier = carriers.get(manifest.carrier)
    if carrier is None:
        return _NO_SUCH_CARRIER
    if manifest.sends > 1:
        [found] = carrier.find_manifests([manifest.told])
        if found is not None:
            return found
        if at - manifest.created_at >= KEY_LIFE:
            return _KEY_EXPIRED
    [answer] = carrier.close_manifests([manifest.told])
    return answer


def _write_down(session: Session, jobs: Sequence[ClaimedJob], answers: Answers, *, at: datetime) -> None:
    """Write down what became of the manifests whose dispatch rows are still ours; close those rows that are through."""
    ours = {each.job.subject_id: each for each in lock(session, [each.claim for each in jobs])}
    still_open = [each for each in undecided(session, ours) if each.id in answers]
    settle(session, [(each, answers[each.id], ours[each.id].job.cause) for each in still_open], at=at)
    unclear = {each.id for each in still_open if answers[each.id].result == Result.UNKNOWN}
    for manifest_id in unclear:
        put_off(session, ours[manifest_id].claim, answers[manifest_id])
    through = [each for manifest_id, each in ours.items() if manifest_id not in unclear]
    remedy = "put right what the carrier names, and close another manifest: its parcels are on none"
    close_answered(session, through, answers, remedy=remedy, at=at)
