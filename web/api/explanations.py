"""Explanations: what an order waits for, and which guard forbids what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.explanations.explain import explain
from fulfillment.explanations.explanation import Action, Blocker, Explanation, NextStep
from fulfillment.explanations.explanation import Call as HelpfulCall
from web.access import ADMIN, CSR, STOREFRONT
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.explanations import ExplanationOut

noun = Noun("explanations", "Why an order stands where it stands.")


@noun.reads("/v1/orders/<name:number>/explanation", roles=(STOREFRONT, CSR, ADMIN), answer=ExplanationOut)
def show_explanation(session: Session, call: Call, number: str) -> Reply:  # noqa: ARG001 - one statement is no moment
    """
    Read what an order waits for: since when, the figures, who can act, and the call that unblocks it.

    And what may be asked of it and its parts, with the guard that forbids what is not allowed now. A storefront is told
    what its customer can do.
    """
    with call.services.snapshot() as moment_of_it:
        found = explain(moment_of_it, number, role=call.key.role, at=call.at, storefront_id=call.storefront_id)
    return Reply(_shown(found))


def _shown(found: Explanation) -> dict[str, Any]:
    return {
        "number": found.number,
        "status": found.status,
        "motion": found.motion,
        "blockers": [_blocker(each) for each in found.blockers],
        "next": None if found.next is None else _step(found.next),
        "actions": [_action(each) for each in found.actions],
    }


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {
        "code": blocker.code,
        "subject": blocker.subject,
        "subject_id": blocker.subject_id,
        "since": moment(blocker.since),
        "reason": blocker.reason,
        "evidence": _evidence(blocker.evidence),
        "who": list(blocker.who),
        "call": _call(blocker.call),
    }


def _evidence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {name: moment(value) if isinstance(value, datetime) else value for name, value in evidence.items()}


def _action(action: Action) -> dict[str, Any]:
    refused = action.refused
    return {
        "action": action.name,
        "subject": action.subject,
        "subject_id": action.subject_id,
        "allowed": refused is None,
        "call": _call(action.call),
        "refused": None
        if refused is None
        else {
            "guard": refused.guard,
            "reason": refused.reason,
            "remedy": refused.remedy,
            "call": _call(action.remedy),
        },
    }


def _call(call: HelpfulCall | None) -> dict[str, Any] | None:
    if call is None:
        return None
    return {
        "method": call.method,
        "path": call.path,
        "headers": dict(call.headers),
        "body": None if call.body is None else dict(call.body),
        "roles": list(call.roles),
    }


def _step(step: NextStep) -> dict[str, Any]:
    return {
        "step": step.step,
        "subject_id": step.subject_id,
        "due_at": moment(step.due_at),
        "handed_out": step.handed_out,
    }
