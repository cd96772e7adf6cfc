"""
Steps that buy labels and give them back: commit the intention, call the carrier with no transaction open, write down the answer.

A crash between any two of the three is harmless: a purchase that may have been sent before is asked about first, by its
key, and sent again under the same key only when the carrier surely never saw it. A void may be asked for again for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.carriers.port import Answer, Carrier, Rate, Result
from fulfillment.dispatch.claims import Claim, ClaimedJob, lock, read
from fulfillment.labels.choose import cheapest
from fulfillment.labels.models import Label
from fulfillment.labels.queries import LabelUnderLock, labels
from fulfillment.labels.settle import NOBODY_KNOWS, WITHDRAWN, Bought, settle_purchases, settle_voids, undecided
from fulfillment.labels.states import LABEL, LabelStatus
from fulfillment.orders.queries import lock_orders
from fulfillment.timeline.changes import Changes
from fulfillment.wiring import Services
from fulfillment.workflow.carrier_answers import close_answered, put_off

KEY_LIFE: Final = timedelta(hours=23)
"""How long carriers remember a key, less a margin. Past it a purchase is only asked about, never sent again."""

_KEY_EXPIRED: Final = Answer(Result.UNKNOWN, None, "key_expired", NOBODY_KNOWS)
_NO_SUCH_CARRIER: Final = Answer(Result.FAILED, None, "no_such_carrier", "This carrier is not connected (CARRIER_URL).")
_NO_RATE: Final = Answer(Result.FAILED, None, "no_rate", "The carrier takes this parcel by none of the services named.")
_UNASKED: Final = Answer(Result.UNKNOWN, None, "not_asked", "The carrier could not be asked what it costs.")

Answers = dict[int, Answer]


def buy_labels(services: Services, _step: str, claims: Sequence[Claim]) -> None:
    """Buy the labels of a set of dispatch rows; of several services that one may go by, the cheapest."""
    with services.transaction() as session:
        jobs = read(session, claims)
        wanted = undecided(labels(session, (each.job.subject_id for each in jobs)))
    answers = _without_asking(services.carriers, wanted)
    prices = _ask_prices(
        services.carriers, [each for each in wanted if each.service is None and each.id not in answers]
    )
    answers |= {label_id: found for label_id, found in prices.items() if isinstance(found, Answer)}
    chosen = {label_id: found for label_id, found in prices.items() if isinstance(found, str)}
    with services.transaction() as session:
        to_send = _send(session, jobs, chosen, leaving_out=answers, at=services.clock())
    answers |= _by_carrier(services.carriers, to_send, lambda carrier, part: _buy(carrier, part, services.clock()))
    with services.transaction() as session:
        _write_down_purchases(session, jobs, answers, at=services.clock())


def void_labels(services: Services, _step: str, claims: Sequence[Claim]) -> None:
    """Give back the labels of a set of dispatch rows, those that are bought and that nobody wants."""
    with services.transaction() as session:
        jobs = read(session, claims)
        to_void = _give_back(session, jobs, at=services.clock())
    answers = _by_carrier(services.carriers, to_void, _void)
    with services.transaction() as session:
        _write_down_voids(session, jobs, answers, at=services.clock())


def _without_asking(carriers: Mapping[str, Carrier], wanted: Sequence[LabelUnderLock]) -> Answers:
    """Give the answers that need no carrier, of labels that none was ever asked for."""
    unsent = [label for label in wanted if label.status == LabelStatus.NEW]
    withdrawn = {label.id: WITHDRAWN for label in unsent if label.unwanted_at is not None}
    return withdrawn | {label.id: _NO_SUCH_CARRIER for label in unsent if label.carrier not in carriers}


def _ask_prices(carriers: Mapping[str, Carrier], unpriced: Sequence[LabelUnderLock]) -> dict[int, str | Answer]:
    """Give the cheapest service of each label that may go by several, or why there is none."""
    found: dict[int, str | Answer] = {}
    for code, part in _grouped(unpriced).items():
        rates = carriers[code].rates([label.consignment for label in part])
        found |= {label.id: _cheapest(label, answer) for label, answer in zip(part, rates, strict=True)}
    return found


def _cheapest(label: LabelUnderLock, answer: list[Rate] | Answer) -> str | Answer:
    if isinstance(answer, Answer):
        return answer
    found = cheapest(answer, label.services)
    return _NO_RATE if found is None else found.service


def _send(
    session: Session, jobs: Sequence[ClaimedJob], chosen: Mapping[int, str], *, leaving_out: Answers, at: datetime
) -> list[LabelUnderLock]:
    """Commit that these labels are about to be asked for, and give them."""
    causes = {each.job.subject_id: each for each in jobs}
    lock_orders(session, (each.job.order_id for each in jobs if each.job.order_id is not None))
    found = [each for each in undecided(labels(session, causes)) if each.id not in leaving_out]
    changes = Changes(at=at)
    for label in found:
        label.service = label.service or chosen[label.id]
        label.sends += 1
        if label.status == LabelStatus.NEW:
            each = causes[label.id]
            changes.move(
                LABEL,
                Label,
                label,
                "send",
                each.job.cause,
                detail={"service": label.service},
                status_since=at,
                dispatch_id=each.claim.id,
                service=label.service,
            )
        changes.set(Label, label.id, sends=label.sends)
    changes.write(session)
    return found


def _buy(carrier: Carrier, part: Sequence[LabelUnderLock], at: datetime) -> Answers:
    answers: Answers = {}
    unsent = [label for label in part if label.sends == 1]
    seen = [label for label in part if label.sends > 1]
    for label, found in zip(seen, carrier.find([each.purchase for each in seen]) if seen else [], strict=True):
        if found is not None:
            answers[label.id] = found
        elif at - label.created_at < KEY_LIFE:
            unsent.append(label)
        else:
            answers[label.id] = _KEY_EXPIRED
    sent = carrier.buy([each.purchase for each in unsent]) if unsent else []
    return answers | {label.id: answer for label, answer in zip(unsent, sent, strict=True)}


def _write_down_purchases(session: Session, jobs: Sequence[ClaimedJob], answers: Answers, *, at: datetime) -> None:
    """Write down what became of the labels whose dispatch rows are still ours; close those rows that are through."""
    ours = {each.job.subject_id: each for each in lock(session, [each.claim for each in jobs])}
    lock_orders(session, (each.job.order_id for each in ours.values() if each.job.order_id is not None))
    # Another hand-out of the same row may have settled a label since: only what is still open is written.
    still_open = [label for label in undecided(labels(session, ours)) if label.id in answers]
    told = [Bought(label, answers[label.id], ours[label.id].job.cause) for label in still_open]
    settle_purchases(session, told, at=at)
    unclear = {each.label.id: each.answer for each in told if _is_unclear(each.answer)}
    for each in told:
        if each.label.id in unclear:
            put_off(session, ours[each.label.id].claim, each.answer, name=each.label.key)
    _finish(session, ours, {key: answer for key, answer in answers.items() if key not in unclear}, unclear, at=at)


def _give_back(session: Session, jobs: Sequence[ClaimedJob], *, at: datetime) -> list[LabelUnderLock]:
    """Commit that these labels are about to be given back, and give them."""
    causes = {each.job.subject_id: each.job.cause for each in jobs}
    lock_orders(session, (each.job.order_id for each in jobs if each.job.order_id is not None))
    found = [
        label
        for label in labels(session, causes).values()
        if label.unwanted_at is not None and label.status in (LabelStatus.BOUGHT, LabelStatus.VOIDING)
    ]
    changes = Changes(at=at)
    for label in found:
        if label.status == LabelStatus.BOUGHT:
            detail = {"tracking_number": label.tracking_number}
            changes.move(LABEL, Label, label, "give_back", causes[label.id], detail=detail, status_since=at)
    changes.write(session)
    return found


def _void(carrier: Carrier, part: Sequence[LabelUnderLock]) -> Answers:
    answers = carrier.void([label.reference or "" for label in part])
    return {label.id: answer for label, answer in zip(part, answers, strict=True)}


def _write_down_voids(session: Session, jobs: Sequence[ClaimedJob], answers: Answers, *, at: datetime) -> None:
    ours = {each.job.subject_id: each for each in lock(session, [each.claim for each in jobs])}
    lock_orders(session, (each.job.order_id for each in ours.values() if each.job.order_id is not None))
    asked = [
        each for each in labels(session, ours).values() if each.status == LabelStatus.VOIDING and each.id in answers
    ]
    settle_voids(session, [Bought(each, answers[each.id], ours[each.id].job.cause) for each in asked], at=at)
    unclear = {each.id: answers[each.id] for each in asked if _is_unclear(answers[each.id])}
    for label in asked:
        if label.id in unclear:
            expired = label.unwanted_at is not None and at - label.unwanted_at > KEY_LIFE
            answer = Answer(Result.UNKNOWN, None, "key_expired", NOBODY_KNOWS) if expired else answers[label.id]
            put_off(session, ours[label.id].claim, answer, name=label.key)
    _finish(session, ours, answers, unclear, at=at)


def _finish(
    session: Session, ours: Mapping[int, ClaimedJob], answers: Answers, unclear: Iterable[int], *, at: datetime
) -> None:
    """Close the rows that are through, and tell their operations."""
    through = [each for label_id, each in ours.items() if label_id not in set(unclear)]
    remedy = "choose another service or another carrier, or change the parcel, and ask again"
    close_answered(session, through, answers, remedy=remedy, at=at)


def _by_carrier(
    carriers: Mapping[str, Carrier],
    asked: Sequence[LabelUnderLock],
    ask: Callable[[Carrier, Sequence[LabelUnderLock]], Answers],
) -> Answers:
    answers: Answers = {}
    for code, part in _grouped(asked).items():
        carrier = carriers.get(code)
        answers |= ask(carrier, part) if carrier is not None else dict.fromkeys((each.id for each in part), _UNASKED)
    return answers


def _grouped(asked: Sequence[LabelUnderLock]) -> dict[str, list[LabelUnderLock]]:
    groups: dict[str, list[LabelUnderLock]] = defaultdict(list)
    for label in asked:
        groups[label.carrier].append(label)
    return groups


def _is_unclear(answer: Answer) -> bool:
    return answer.result == Result.UNKNOWN
