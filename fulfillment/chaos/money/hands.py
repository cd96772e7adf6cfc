"""
Workers and whatever befalls them: rows handed out late, twice, in any order or not at all, and workers that die.

The machine's time is not that of the wall: a row that was put off is due again only when `hasten` says so. So a walk is the
same however quick the machine is that it runs on.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import text

from fulfillment.chaos.money import office, records
from fulfillment.chaos.money.gateway import Luck, WorkerDied
from fulfillment.chaos.money.stage import Stage
from fulfillment.dispatch.claims import Claim, Leased, lease_due
from fulfillment.dispatch.dead_letters import replay as replay_rows
from fulfillment.dispatch.sets import into_sets
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.payments.gateway.port import Request
from fulfillment.process import SWEEPS
from fulfillment.workflow.run import run_step
from fulfillment.workflow.sweeps import run_sweep

RENEW: Final = "sweeps.renew_authorizations"
SWEEP_NAMES: Final = (*sorted(SWEEPS), *[RENEW] * 6)
"""What the schedule may bring; the one that moves money more often than its turn."""

_LEASE_SECONDS: Final = 86_400.0
_MOST_ROUNDS: Final = 100
_OF_ORDER: Final = "SELECT id FROM purchase_order WHERE number = :number"

_DUE: Final = text("UPDATE dispatch SET due_at = now() - interval '1 second' WHERE NOT dead")
_NOT_DUE: Final = text("UPDATE dispatch SET due_at = now() + interval '1 day' WHERE due_at > now() AND NOT dead")
_DEAD: Final = text("SELECT id FROM dispatch WHERE dead ORDER BY id")


def work(stage: Stage, most: int, *, backward: bool, twice: bool, lose_half: bool) -> None:
    """Hand out some rows; run them one by one, in order or not, some never and some twice."""
    leased = _lease(stage, most)
    kept = leased[:: 2 if lose_half else 1]
    for each in reversed(kept) if backward else kept:
        _run(stage, each.step, [each.claim])
        if twice:
            _run(stage, each.step, [each.claim, each.claim])
    _put_off(stage)


def work_off(stage: Stage) -> None:
    """Do whatever is due, in sets as the relay makes them, until nothing is."""
    for _ in range(_MOST_ROUNDS):
        if not (leased := _lease(stage, most=500)):
            return
        for step, claims in into_sets(leased):
            _run(stage, step, claims)
        _put_off(stage)
    raise AssertionError(f"still due after {_MOST_ROUNDS} rounds")


def stale(stage: Stage, n: int) -> None:
    """A message that was believed lost arrives after all."""
    if stage.handed_out:
        step, claim = stage.handed_out[n % len(stage.handed_out)]
        _run(stage, step, [claim])
        _put_off(stage)


def hasten(stage: Stage) -> None:
    """Let leases run out and pauses end: whatever was put off, or handed out and lost, is due."""
    with stage.services.autocommit() as session:
        session.execute(_DUE)


def replay(stage: Stage) -> None:
    """Somebody replays all dead letters, whatever became of them."""
    with stage.services.transaction() as session:
        replay_rows(session, list(session.execute(_DEAD).scalars()))


def sweep(stage: Stage, name: str) -> None:
    """The schedule comes round."""
    run_sweep(stage.services, name)


def forward(stage: Stage, seconds: int) -> None:
    """Let time pass, for us and for the gateway."""
    stage.clock.forward(seconds)


def bad_luck(stage: Stage, strokes: Sequence[Luck]) -> None:
    """What befalls the next requests to the gateway."""
    stage.gateway.luck.extend(strokes)


def deaf(stage: Stage, questions: int) -> None:
    """The gateway cannot be asked for a while."""
    stage.gateway.deaf = questions


def settle_down(stage: Stage) -> None:
    """Let everything come to rest with a gateway that answers, and people who look up the rest."""
    stage.gateway.luck.clear()
    stage.gateway.deaf = 0
    for _ in range(4):
        records.compare(stage)
        for order_id in stage.orders:
            records.sync_by_id(stage, order_id)
        records.dispute(stage)
        records.refund_credits(stage)
        stage.clock.forward(SWEEPS[RENEW])
        sweep(stage, RENEW)
        replay(stage)
        hasten(stage)
        work_off(stage)


def interfere(stage: Stage, luck: Luck, request: Request) -> None:
    """While one request is out: its row is handed out once more and done by another worker, or a person cancels."""
    if luck is Luck.CANCELED_MEANWHILE:
        for order_id in stage.ids(_OF_ORDER, number=request.merchant_reference):
            with suppress(FulfillmentError):
                office.cancel_by_id(stage, order_id)
        return
    hasten(stage)
    work_off(stage)


def _lease(stage: Stage, most: int) -> list[Leased]:
    with stage.services.transaction() as session:
        leased = lease_due(session, most=most, lease_seconds=_LEASE_SECONDS)
    stage.handed_out += [(each.step, each.claim) for each in leased]
    return leased


def _put_off(stage: Stage) -> None:
    with stage.services.autocommit() as session:
        session.execute(_NOT_DUE)


def _run(stage: Stage, step: str, claims: Sequence[Claim]) -> None:
    try:
        run_step(stage.services, step, claims)
    except WorkerDied:
        stage.counts["deaths"] += 1
