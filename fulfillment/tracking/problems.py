"""Problems: a parcel that does not arrive as it should needs a person; one of which its carrier tells better needs none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.db.ids import take_ids
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Conflict, NotFound
from fulfillment.orders.hold import enter_hold
from fulfillment.orders.queries import OrderUnderLock, shipments_of
from fulfillment.returns.authorize import PiecesBack, ReturnWanted, add_return
from fulfillment.returns.queries import sold_lines
from fulfillment.returns.states import ReturnReason
from fulfillment.shipments.states import DeliveryState
from fulfillment.timeline.changes import Changes
from fulfillment.tracking.models import ParcelProblem
from fulfillment.tracking.queries import Tracked, pieces_of, told_by_mail
from fulfillment.tracking.states import HOLDS, KINDS, PROBLEM, ProblemKind, ProblemStatus, Resolution

_PROBLEMS = text("""
SELECT id, order_id, parcel_id, kind, status, hold_id, return_id, resolution FROM parcel_problem
 WHERE order_id = ANY (CAST(:orders AS bigint[])) AND parcel_id = ANY (CAST(:parcels AS bigint[]))
 ORDER BY opened_at, id
""")


@dataclass(slots=True)
class Problem:
    """A problem of a parcel of a locked order, as a subject of its machine."""

    id: int
    order_id: int
    parcel_id: int
    kind: str
    status: str
    hold_id: int | None
    return_id: int | None
    resolution: str | None

    @property
    def is_decided(self) -> bool:
        """Whether a person has made up for it: then it need not be looked at again."""
        return self.resolution not in (None, Resolution.FOUND)

    @property
    def is_open(self) -> bool:
        """Whether it still needs a person."""
        return self.status == ProblemStatus.OPEN


def problems_of(session: Session, order_ids: Iterable[int], parcel_ids: Iterable[int]) -> list[Problem]:
    """Give all problems that parcels ever had, the first first."""
    asked = {"orders": sorted(set(order_ids)), "parcels": sorted(set(parcel_ids))}
    return [Problem(*row) for row in session.execute(_PROBLEMS, asked)]


def follow_problems(
    session: Session,
    changes: Changes,
    orders: Mapping[int, OrderUnderLock],
    moved: Mapping[int, tuple[Tracked, int]],
    cause: Cause,
) -> list[int]:
    """
    Open and end the problems of parcels that moved, each with the entry that tells of it; give holds to be released.

    For what a person has made up for once, none is opened again.
    """
    known = problems_of(session, orders, moved) if moved else []
    holds: list[int] = []
    opened: list[tuple[Tracked, ProblemKind, int]] = []
    for parcel, entry in moved.values():
        kind = KINDS.get(DeliveryState(parcel.status))
        theirs = [each for each in known if each.parcel_id == parcel.id]
        open_one = next((each for each in theirs if each.is_open), None)
        if open_one is not None and open_one.kind != kind:
            lapse(changes, open_one, cause, because=entry)
            holds += [open_one.hold_id] if open_one.hold_id is not None else []
            open_one = None
        decided = any(each.is_decided for each in theirs)
        if kind is not None and open_one is None and not decided:
            opened.append((parcel, kind, entry))
    back = [parcel for parcel, kind, _ in opened if kind == ProblemKind.RETURNED_TO_SENDER]
    announced = {
        order_id: announce_return(
            session, changes, orders[order_id], [p for p in back if p.order_id == order_id], cause
        )
        for order_id in sorted({parcel.order_id for parcel in back})
    }
    for parcel, kind, entry in opened:
        return_id = announced.get(parcel.order_id) if kind == ProblemKind.RETURNED_TO_SENDER else None
        open_problem(session, changes, orders[parcel.order_id], parcel, kind, cause, because=entry, return_id=return_id)
    return holds


def lapse(changes: Changes, problem: Problem, cause: Cause, *, because: int | None = None) -> None:
    """End a problem that is none any more, by what the carrier tells."""
    changes.move(
        PROBLEM,
        ParcelProblem,
        problem,
        "lapse_problem",
        cause,
        because=because,
        ended_at=changes.at,
        ended_by=cause.actor,
    )


def open_problem(
    session: Session,
    changes: Changes,
    order: OrderUnderLock,
    parcel: Tracked,
    kind: ProblemKind,
    cause: Cause,
    *,
    because: int | None = None,
    return_id: int | None = None,
) -> None:
    """
    Say that a parcel needs a person: what is still to ship of its order is held where it matters. `return_id` is of the return
    that announces what the carrier brings back.
    """
    [problem_id] = take_ids(session, 1)
    row: dict[str, Any] = {
        "id": problem_id,
        "order_id": order.id,
        "parcel_id": parcel.id,
        "kind": kind,
        "status": ProblemStatus.OPEN,
        "opened_at": changes.at,
        "hold_id": None,
        "return_id": return_id,
    }
    changes.begin(ParcelProblem, row)
    detail = {"parcel_id": parcel.id, "kind": kind}
    changes.note(PROBLEM.name, problem_id, order.id, "open_problem", cause, detail)
    if kind in HOLDS and _still_ships(session, order):
        note = f"parcel {parcel.id}"
        row["hold_id"] = enter_hold(session, changes, order, reason=HOLDS[kind], note=note, cause=cause)
    if kind != ProblemKind.SILENT:
        tells = order.customer_email and told_by_mail(session, order.market_id).problems
        unmailed = () if tells else ("notifications.delivery_problem",)
        changes.publish("parcel.in_trouble", parcel.id, cause, order_id=order.id, because=because, leaving_out=unmailed)


def announce_return(
    session: Session, changes: Changes, order: OrderUnderLock, parcels: Sequence[Tracked], cause: Cause
) -> int | None:
    """
    Announce what the carrier brings back as a return; give it, or None where these pieces cannot come back.

    Parcels of one number come back together: they are one return. Of each line no more is announced than was sold: parcels of
    which nothing is said each hold all of their shipment.
    """
    pieces: Counter[int] = Counter()
    for parcel in parcels:
        pieces.update(pieces_of(session, parcel.id))
    if len(parcels) > 1:
        sold = {line.id: line.quantity for line in sold_lines(session, order.id)}
        pieces = Counter({line_id: min(quantity, sold.get(line_id, quantity)) for line_id, quantity in pieces.items()})
    lines = [PiecesBack(line_id, quantity, ReturnReason.RETURNED_TO_SENDER) for line_id, quantity in pieces.items()]
    named = ", ".join(f"parcel {parcel.id}" for parcel in parcels)
    wanted = ReturnWanted(lines, notify_customer=False, note=f"{named} came back")
    try:
        return add_return(session, changes, order, wanted, cause)
    except (Conflict, NotFound):  # They come back already, or are nothing that could: the problem has no return then.
        return None


def _still_ships(session: Session, order: OrderUnderLock) -> bool:
    shipments: Sequence[Any] = shipments_of(session, [order.id])[order.id]
    return order.is_open and any(not shipment.is_done for shipment in shipments)
