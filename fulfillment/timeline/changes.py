"""
The one way a verb writes: it gathers moves, rows and promises, and puts them down in one statement.

`Changes.move` is the only thing that changes a state, and it always leaves a timeline entry. One statement for a whole
set is what makes verbs on sets cheap; that it is one also means no half of a change can be written without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from fulfillment.db.base import Base
from fulfillment.db.session import Executor
from fulfillment.db.together import Together
from fulfillment.db.write import Insert, NotEmptyError, Unchanged, Update, write
from fulfillment.dispatch.models import Dispatch
from fulfillment.kernel.cause import Cause
from fulfillment.kernel.machine import Machine, Subject
from fulfillment.process import EVENTS, STEPS, TOLD
from fulfillment.timeline.listeners import LISTENERS, somebody_listens, somebody_was_found
from fulfillment.timeline.models import TimelineEntry
from fulfillment.timeline.record import note_down


class Versioned(Protocol):
    """An order that the caller has locked."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    version: int


class Changes:
    """What one verb does to a set, until it is written."""

    def __init__(self, *, at: datetime) -> None:
        """`at` is the time that every entry of this change bears."""
        self.at = at
        self._entries: list[dict[str, Any]] = []
        self._promises: list[dict[str, Any]] = []
        self._inserts: dict[type[Base], list[dict[str, Any]]] = {}
        self._updates: dict[type[Base], dict[int, dict[str, Any]]] = {}
        self._additions: dict[type[Base], dict[tuple[tuple[str, int], ...], dict[str, int]]] = {}
        self._versions: dict[int, int] = {}
        self._begun: dict[tuple[type[Base], int], dict[str, Any]] = {}
        self._told: dict[int, tuple[Cause, dict[tuple[str, int], None]]] = {}

    def move(
        self,
        machine: Machine,
        model: type[Base],
        subject: Subject,
        verb: str,
        cause: Cause,
        *,
        detail: Mapping[str, Any] | None = None,
        because: int | None = None,
        **columns: Any,
    ) -> int:
        """
        Move one subject along its machine, setting `columns` beside the state; give the entry, for `publish`.

        `because` is an entry of this same change that called for the move.

        Raises IllegalMoveError where the table has no such row: guards are the caller's.
        """
        before, after = subject.status, machine.target(subject.status, verb)
        subject.status = after
        self.set(model, subject.id, status=after, **columns)
        return self._enter(machine.name, subject.id, subject.order_id, verb, cause, before, after, detail, because)

    def note(
        self,
        subject: str,
        subject_id: int,
        order_id: int,
        verb: str,
        cause: Cause,
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Put something on an order's timeline that moves no state; give the entry, for `publish`."""
        return self._enter(subject, subject_id, order_id, verb, cause, None, None, detail)

    def set(self, model: type[Base], row_id: int, **columns: Any) -> None:
        """Set columns of one row that the caller has locked, or that was begun in this change."""
        if (begun := self._begun.get((model, row_id))) is not None:
            begun.update(columns)
            return
        self._updates.setdefault(model, {}).setdefault(row_id, {}).update(columns)

    def raise_version(self, model: type[Base], order: Versioned) -> None:
        """
        Make a further version of an order that a person changes; the entries of this change bear it (RO2).

        What steps do raises none: a version is what one person read and another must not overwrite, and the progress of
        an order is looked at by the guards of each verb.
        """
        order.version += 1
        self._versions[order.id] = order.version
        self.set(model, order.id, version=order.version)

    def add(self, model: type[Base], key: Mapping[str, int], **amounts: int) -> None:
        """Add to counters of one row, found by `key`. Additions to the same row are summed up."""
        counters = self._additions.setdefault(model, {}).setdefault(tuple(key.items()), {})
        for column, amount in amounts.items():
            counters[column] = counters.get(column, 0) + amount

    def insert(self, model: type[Base], row: dict[str, Any]) -> None:
        """Add one row."""
        self._inserts.setdefault(model, []).append(row)

    def begin(self, model: type[Base], row: dict[str, Any]) -> None:
        """Add one row that this same change goes on to move or to set: what it sets must be among its columns."""
        self._begun[model, row["id"]] = row
        self.insert(model, row)

    def publish(
        self,
        event: str,
        subject_id: int,
        cause: Cause,
        *,
        order_id: int | None = None,
        because: int | None = None,
        argument: Mapping[str, Any] | None = None,
        operation_id: int | None = None,
        leaving_out: Iterable[str] = (),
        sublane: int | None = None,
    ) -> None:
        """
        Promise the steps that follow `event`: a dispatch row each, written with everything else; and tell who listens.

        `sublane` divides the lane of the step further.
        """
        if event in TOLD and order_id is not None:
            self.tell(event, subject_id, cause, order_id=order_id)
        for step in EVENTS[event]:
            if step not in leaving_out:
                lane = STEPS[step].lane if sublane is None else f"{STEPS[step].lane}:{sublane}"
                row = _promise(step, lane, order_id, subject_id, cause, because, argument, operation_id)
                self._promises.append({"id": -1 - len(self._promises), **row})

    def tell(self, event: str, subject_id: int, cause: Cause, *, order_id: int) -> None:
        """Tell whoever subscribed, once for each subject, whatever else follows; events of an order are about the order."""
        subject_id = order_id if event.startswith("order.") else subject_id
        self._told.setdefault(order_id, (cause, {}))[1][event, subject_id] = None

    def write(
        self,
        executor: Executor,
        *,
        only_if: Insert | None = None,
        unchanged: Sequence[Unchanged] = (),
        together: Together | None = None,
    ) -> bool:
        """
        Put everything down in one statement; every row named in an update must be there.

        Raises ValueError where a row is both set and added to: of two updates of one row in one statement, one is lost.

        With `only_if`, an insert that may find its key taken: then nothing at all is written, and the answer is False. Nor is
        anything where a row that was read earlier is not `unchanged`: then it raises RowsChangedError. `together` takes what
        only adds rows along with what other requests write.
        """
        self._refuse_double_updates()
        for entry in self._entries:
            entry["version"] = self._versions.get(entry["order_id"])
        note_down(executor, self._entries, self._promises, self._inserts)
        if not self._told or somebody_listens(executor):
            return self._put_down(executor, self._announcements(), only_if, unchanged, together)
        try:
            return self._put_down(executor, [], only_if, unchanged, together, empty=LISTENERS)
        except NotEmptyError:
            somebody_was_found(executor)
            return self._put_down(executor, self._announcements(), only_if, unchanged, together)

    def _put_down(
        self,
        executor: Executor,
        announcements: Sequence[dict[str, Any]],
        only_if: Insert | None,
        unchanged: Sequence[Unchanged],
        together: Together | None,
        empty: str | None = None,
    ) -> bool:
        inserts = [Insert(model, rows) for model, rows in self._inserts.items()]
        inserts.append(Insert(TimelineEntry, self._entries, local_ids=("id", "parent_id")))
        inserts.append(Insert(Dispatch, [*self._promises, *announcements], local_ids=("id", "parent_id")))
        updates = [update for model, rows in self._updates.items() for update in _by_columns(model, rows)]
        updates += [addition for model, rows in self._additions.items() for addition in _additions(model, rows)]
        if together is not None and only_if is not None and not updates:
            return together.write(inserts, only_if, unchanged, empty=empty)
        return write(executor, inserts, updates, only_if=only_if, unchanged=unchanged, empty=empty)

    def _announcements(self) -> list[dict[str, Any]]:
        """Promise that the events of each order are told: a dispatch row for each order, with all of them."""
        [step] = EVENTS["event.told"]
        rows = []
        for number, (order_id, (cause, events)) in enumerate(self._told.items(), start=len(self._promises)):
            argument = {"events": [list(each) for each in events], "at": self.at.isoformat()}
            row = _promise(step, STEPS[step].lane, order_id, order_id, cause, None, argument, None)
            rows.append({"id": -1 - number, **row})
        return rows

    def _refuse_double_updates(self) -> None:
        for model, rows in self._additions.items():
            added_to = {key[0][1] for key in rows if len(key) == 1 and key[0][0] == "id"}
            if twice := added_to & self._updates.get(model, {}).keys():
                raise ValueError(f"{model.__tablename__} {sorted(twice)}: both set and added to in one change")

    def _enter(
        self,
        subject: str,
        subject_id: int,
        order_id: int | None,
        verb: str,
        cause: Cause,
        before: str | None,
        after: str | None,
        detail: Mapping[str, Any] | None,
        because: int | None = None,
    ) -> int:
        local_id = -1 - len(self._entries)
        if order_id is not None:
            self._entries.append(
                {
                    "id": local_id,
                    "order_id": order_id,
                    "subject": subject,
                    "subject_id": subject_id,
                    "verb": verb,
                    "before": before,
                    "after": after,
                    "detail": detail,
                    "cause_kind": cause.kind,
                    "cause_id": cause.id,
                    "actor": cause.actor,
                    "step": cause.step,
                    "dispatch_id": cause.dispatch_id,
                    "parent_id": because if because is not None else cause.parent_id,
                    "at": self.at,
                }
            )
        return local_id


def _promise(
    step: str,
    lane: str,
    order_id: int | None,
    subject_id: int,
    cause: Cause,
    because: int | None,
    argument: Mapping[str, Any] | None,
    operation_id: int | None,
) -> dict[str, Any]:
    return {
        "step": step,
        "lane": lane,
        "order_id": order_id,
        "subject_id": subject_id,
        "argument": argument,
        "operation_id": operation_id,
        "cause_kind": cause.kind,
        "cause_id": cause.id,
        "actor": cause.actor,
        "parent_id": because if because is not None else cause.parent_id,
    }


def _by_columns(model: type[Base], rows: Mapping[int, Mapping[str, Any]]) -> list[Update]:
    """Part the rows of one table by the columns they set: a statement sets the same columns in all its rows."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row_id, columns in rows.items():
        groups.setdefault(tuple(sorted(columns)), []).append({"id": row_id, **columns})
    return [Update(model, group) for group in groups.values()]


def _additions(model: type[Base], rows: Mapping[tuple[tuple[str, int], ...], Mapping[str, int]]) -> list[Update]:
    """Part the rows of one table by the counters they add to."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[dict[str, int]]] = {}
    for key, amounts in rows.items():
        columns = tuple(column for column, _ in key), tuple(sorted(amounts))
        groups.setdefault(columns, []).append({**dict(key), **{name: amounts[name] for name in columns[1]}})
    return [Update(model, group, keys=keys, added=frozenset(added)) for (keys, added), group in groups.items()]
