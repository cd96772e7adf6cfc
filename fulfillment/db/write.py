"""
Rows of many tables, in and changed, by one statement.

Each set of rows travels as one JSON document, so a statement has one parameter per table whatever the size of its set,
is prepared once, and costs one round trip.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from fulfillment.db.base import Base
from fulfillment.db.driver import fetch
from fulfillment.db.ids import CHANGE_BLOCK
from fulfillment.db.session import Executor
from fulfillment.kernel.immutable import immutable


class RowsMissingError(RuntimeError):
    """An update did not find a row that its caller had locked. This is a bug: nothing was written."""


class RowsChangedError(Exception):
    """A row that was to be unchanged is not what it was: nothing was written, and it is to be read again."""


class NotEmptyError(Exception):
    """A table that was to be empty is not: nothing was written."""


@immutable
class Insert:
    """
    Rows for one table; all have the same columns.

    `local_ids` are columns whose negative values -1, -2, ... become ids made by the statement itself, the same in every
    table, so that rows can point at one another before their ids are known. They rise from statement to statement.
    """

    model: type[Base]
    rows: Sequence[dict[str, Any]]
    local_ids: tuple[str, ...] = ()


@immutable
class Update:
    """
    Columns to change in rows of one table; all rows change the same columns.

    Each row is found by its `keys`; the columns named in `added` are added to what is there, the others set.
    """

    model: type[Base]
    rows: Sequence[dict[str, Any]]
    keys: tuple[str, ...] = ("id",)
    added: frozenset[str] = frozenset()


@immutable
class Unchanged:
    """
    Rows of one table that were read earlier: of each its id and the transaction that had written it, its `xmin`.

    PostgreSQL gives a row another one with every change.
    """

    model: type[Base]
    rows: Sequence[tuple[int, str]]


def write(
    executor: Executor,
    inserts: Sequence[Insert],
    updates: Sequence[Update] = (),
    *,
    only_if: Insert | None = None,
    unchanged: Sequence[Unchanged] = (),
    or_fail: bool = False,
    empty: str | None = None,
) -> bool:
    """
    Write everything in one statement.

    With `only_if`, that insert goes first, and nothing is written (answer False) where it meets a row with its key; with
    `or_fail` that is an error of the database.
    Raises RowsMissingError where an update's row is not there; RowsChangedError where a row is not `unchanged`; NotEmptyError
    where the table `empty` has a row.
    """
    inserts = [insert for insert in inserts if insert.rows]
    updates = [update for update in updates if update.rows]
    if only_if is None and not inserts and not updates:
        return True
    shape = (
        _shape(only_if) if only_if is not None else None,
        tuple(_shape(insert) for insert in inserts),
        tuple((update.model, tuple(update.rows[0]), update.keys, update.added) for update in updates),
        tuple(each.model for each in unchanged),
        or_fail,
        empty,
    )
    sets = [*(insert.rows for insert in inserts), *(update.rows for update in updates)]
    parameters = {f"p{n}": _document(rows) for n, rows in enumerate(sets)}
    if only_if is not None:
        parameters["only_if"] = _document(only_if.rows)
    for n, each in enumerate(unchanged):
        parameters[f"ids{n}"] = f"{{{','.join(str(row_id) for row_id, _ in each.rows)}}}"
        parameters[f"written_by{n}"] = f"{{{','.join(written_by for _, written_by in each.rows)}}}"
    [written] = fetch(executor, _statement(*shape), parameters)
    if not written.empty:
        raise NotEmptyError
    if not written.unchanged:
        raise RowsChangedError
    if only_if is not None and not written.claimed:
        return False
    expected = sum(len(update.rows) for update in updates)
    if written.updated != expected:
        raise RowsMissingError(f"{written.updated} of {expected} rows were there to update")
    return True


_Shape = tuple[type[Base], tuple[str, ...], tuple[str, ...]]
_UpdateShape = tuple[type[Base], tuple[str, ...], tuple[str, ...], frozenset[str]]


def _shape(insert: Insert) -> _Shape:
    return insert.model, tuple(insert.rows[0]), insert.local_ids


@lru_cache(maxsize=512)
def _statement(
    only_if: _Shape | None,
    inserts: tuple[_Shape, ...],
    updates: tuple[_UpdateShape, ...],
    unchanged: tuple[type[Base], ...],
    or_fail: bool,  # noqa: FBT001 - part of a shape
    empty: str | None,
) -> str:
    arms = []
    same = "EXISTS (SELECT FROM same)" if unchanged or empty else "true"
    in_the_way = [f"EXISTS ({_changed(model, n)})" for n, model in enumerate(unchanged)]
    if empty:
        arms.append(f"full_one AS MATERIALIZED (SELECT 1 FROM {empty} LIMIT 1)")  # noqa: S608 - our own names
        in_the_way.append("EXISTS (SELECT FROM full_one)")
    if in_the_way:
        arms.append(f"same AS MATERIALIZED (SELECT 1 WHERE NOT ({' OR '.join(in_the_way)}))")
    if any(local_ids for _, _, local_ids in inserts):
        arms.append(f"base AS MATERIALIZED (SELECT nextval('change_id') * {CHANGE_BLOCK} AS id)")
    if only_if is not None:
        model, columns, _ = only_if
        or_nothing = "" if or_fail else "ON CONFLICT DO NOTHING"
        claim = f"{_insert_arm(model, columns, (), 'only_if')} WHERE {same} {or_nothing} RETURNING 1"
        arms.append(f"claim AS ({claim})")
    condition = same if only_if is None else "EXISTS (SELECT FROM claim)"
    for n, (model, columns, local_ids) in enumerate(inserts):
        arms.append(f"i{n} AS ({_insert_arm(model, columns, local_ids, f'p{n}')} WHERE {condition})")
    for n, update in enumerate(updates):
        arms.append(f"u{n} AS ({_update_arm(update, f'p{len(inserts) + n}', condition)})")
    counts = " + ".join(f"(SELECT count(*) FROM u{n})" for n in range(len(updates))) or "0"  # noqa: S608 - our own names
    claimed = "EXISTS (SELECT FROM claim)" if only_if is not None else "true"
    is_empty = "NOT EXISTS (SELECT FROM full_one)" if empty else "true"
    outcome = f"{counts} AS updated, {claimed} AS claimed, {same} AS unchanged, {is_empty} AS empty"
    return f"WITH {', '.join(arms)} SELECT {outcome}"


def _changed(model: type[Base], n: int) -> str:
    source = f"unnest(CAST(%(ids{n})s AS bigint[]), CAST(%(written_by{n})s AS xid[])) AS v(id, written_by)"
    table = model.__tablename__
    return f"SELECT FROM {source} LEFT JOIN {table} t ON t.id = v.id WHERE t.xmin IS DISTINCT FROM v.written_by"  # noqa: S608 - our own names only


def _insert_arm(model: type[Base], columns: tuple[str, ...], local_ids: tuple[str, ...], parameter: str) -> str:
    table = model.__tablename__
    values = ", ".join(
        f"CASE WHEN v.{name} < 0 THEN base.id - v.{name} ELSE v.{name} END" if name in local_ids else f"v.{name}"
        for name in columns
    )
    source = f"jsonb_populate_recordset(NULL::{table}, CAST(%({parameter})s AS jsonb)) AS v"
    also = " CROSS JOIN base" if local_ids else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {source}{also}"  # noqa: S608 - our own names only


def _update_arm(update: _UpdateShape, parameter: str, condition: str) -> str:
    model, columns, keys, added = update
    table = model.__tablename__
    settings = ", ".join(
        f"{name} = t.{name} + v.{name}" if name in added else f"{name} = v.{name}"
        for name in columns
        if name not in keys
    )
    found = " AND ".join(f"t.{name} = v.{name}" for name in keys)
    source = f"jsonb_populate_recordset(NULL::{table}, CAST(%({parameter})s AS jsonb)) AS v"
    return f"UPDATE {table} AS t SET {settings} FROM {source} WHERE {found} AND {condition} RETURNING 1"  # noqa: S608 - our own names only


def _document(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
