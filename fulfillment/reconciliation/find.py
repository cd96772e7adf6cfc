"""Find: write down what has drifted. What an earlier run left open is passed: it is told of anew where it is still so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.reconciliation.drift import Found, find
from fulfillment.reconciliation.drifts import DRIFTS
from fulfillment.reconciliation.states import DriftClass

_PASS = text("UPDATE drift_item SET status = 'passed' WHERE status = 'open' AND drift = :drift")
_KEEP = text("""
INSERT INTO drift_item (reconciliation_id, drift, rule, order_id, place, facts, status, found_at)
SELECT :run, :drift, v.rule, v.order_id, v.place, v.facts, 'open', CAST(:at AS timestamptz)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(rule text, order_id bigint, place jsonb, facts jsonb)
RETURNING id
""")


def find_drift(session: Session, drift: DriftClass, *, at: datetime) -> list[tuple[str, Found]]:
    """Give what has drifted in one way, with the rule that it has drifted from; what one repair puts right, once."""
    session.execute(text("SET LOCAL enable_seqscan = on"))  # plans for whole tables, also on an engine for single rows
    session.execute(text("SET LOCAL statement_timeout = '10min'"))
    found: dict[tuple[object, bytes], tuple[str, Found]] = {}
    for each in DRIFTS:
        if each.drift == drift:
            for one in find(session, each, at=at):
                place = orjson.dumps(one.place, option=orjson.OPT_SORT_KEYS)
                found.setdefault((each.repair, place), (each.rule, one))
    return list(found.values())


def pass_earlier(session: Session, drift: DriftClass) -> None:
    """Pass what earlier runs left open of a class."""
    session.execute(_PASS, {"drift": drift})


def keep_items(
    session: Session, run_id: int, drift: DriftClass, found: Iterable[tuple[str, Found]], *, at: datetime
) -> Sequence[int]:
    """Write down what a run found of one class, and give the items."""
    rows = [{"rule": rule, "order_id": one.order_id, "place": one.place, "facts": one.facts} for rule, one in found]
    said = {"run": run_id, "drift": drift, "rows": orjson.dumps(rows).decode(), "at": at}
    return session.execute(_KEEP, said).scalars().all()
