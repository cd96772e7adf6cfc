"""Enter what was counted: blind, place by place, as often as somebody wants to be sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fulfillment.counts.models import CountEntry, CountLine
from fulfillment.counts.open import being_counted
from fulfillment.counts.queries import Counted, add_places, lines_of_count, lock_count
from fulfillment.counts.states import COUNT
from fulfillment.db.ids import take_ids
from fulfillment.inventory.bins import bin_ids
from fulfillment.inventory.on_hand import lock_levels
from fulfillment.inventory.places import whereabouts
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.errors import Invalid, NotFound
from fulfillment.timeline.changes import Changes


@dataclass(frozen=True, slots=True)
class Entry:
    """Pieces of a product that somebody counted in a bin (by code), or (None) outside the bins."""

    product_id: int
    sku: str
    bin: str | None
    counted: int


def enter(session: Session, count_id: int, entries: Sequence[Entry], *, cause: Cause, at: datetime) -> None:
    """
    Write down what was counted, and what lies there by the books at this moment; the last number of a place counts.

    A product that was found where nobody expected it is added to the count. Raises NotFound, Invalid for a bin that the
    warehouse does not have or a place named twice, Conflict where the count has ended or another has the place.
    """
    count = lock_count(session, count_id)
    _, refused = COUNT.admit("enter", [count])
    if refused:
        raise refused[0].as_error()
    if len({(each.product_id, each.bin) for each in entries}) < len(entries):
        raise Invalid("a place is named twice", code="duplicate_place", remedy="send one number for each place")
    bins = bin_ids(session, count.warehouse_id, (each.bin for each in entries))
    stock = lock_levels(session, count.warehouse_id, (each.product_id for each in entries))
    lying = whereabouts(session, stock)
    lines = lines_of_count(session, count_id)
    _add_found(session, count_id, count.warehouse_id, [_place(each, bins) for each in entries], lines)
    changes = Changes(at=at)
    for each in entries:
        product_id, bin_id = place = _place(each, bins)
        where = lying[product_id, count.warehouse_id]
        expected = max(0, where.unplaced) if bin_id is None else where.bins.get(bin_id, 0)
        line = lines[place]
        columns = {"expected": expected, "counted": each.counted}
        changes.set(CountLine, line.id, times=line.times + 1, **columns)
        changes.insert(CountEntry, {"line_id": line.id, "actor": cause.actor, "at": at, **columns})
    changes.write(session)


def count_again(session: Session, count_id: int, places: Sequence[tuple[int, str | None]], *, at: datetime) -> None:
    """
    Ask for places (product, bin by code) to be counted once more: until then the count cannot be approved.

    Raises NotFound for a place that the count does not have, Conflict where it has ended.
    """
    count = lock_count(session, count_id)
    _, refused = COUNT.admit("enter", [count])
    if refused:
        raise refused[0].as_error()
    bins = bin_ids(session, count.warehouse_id, (code for _, code in places))
    lines = lines_of_count(session, count_id)
    changes = Changes(at=at)
    for product_id, code in places:
        line = lines.get((product_id, None if code is None else bins[code]))
        if line is None:
            raise NotFound("the count does not have this place", remedy="read the count: it lists its places")
        changes.set(CountLine, line.id, expected=None, counted=None)
    changes.write(session)


def _place(entry: Entry, bins: dict[str, int]) -> tuple[int, int | None]:
    return entry.product_id, None if entry.bin is None else bins[entry.bin]


def _add_found(
    session: Session,
    count_id: int,
    warehouse_id: int,
    places: Sequence[tuple[int, int | None]],
    lines: dict[tuple[int, int | None], Counted],
) -> None:
    new = [place for place in places if place not in lines]
    if not new:
        return
    ids = take_ids(session, len(new))
    added = add_places(session, count_id, warehouse_id, ((each, *place) for each, place in zip(ids, new, strict=True)))
    if len(added) < len(new):
        raise being_counted(len(new) - len(added))
    lines.update(lines_of_count(session, count_id))
