"""Bins of a warehouse: added in sets, changed one by one, walked by position, then code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid, NotFound

_COLUMNS = "b.id, w.code AS warehouse, b.code, b.position, b.active"
_TABLE = "bin b JOIN warehouse w ON w.id = b.warehouse_id"
_ADD = text("""
INSERT INTO bin (warehouse_id, code, position)
SELECT CAST(:warehouse AS bigint), code, position
  FROM unnest(CAST(:codes AS text[]), CAST(:positions AS bigint[])) AS v(code, position)
ON CONFLICT (warehouse_id, code) DO NOTHING RETURNING code
""")
_BY_CODE = text("""
SELECT id, code, position, active FROM bin WHERE warehouse_id = :warehouse AND code = ANY (CAST(:codes AS text[]))
""")
_PAGE = text(f"""
SELECT {_COLUMNS}, (SELECT coalesce(sum(s.quantity), 0)::bigint FROM bin_stock s WHERE s.bin_id = b.id) AS pieces
  FROM {_TABLE}
 WHERE b.warehouse_id = :warehouse AND (b.position, b.code) > (CAST(:position AS bigint), CAST(:code AS text))
 ORDER BY b.position, b.code LIMIT :limit
""")  # noqa: S608 - our own names only
_ONE = text(f"SELECT {_COLUMNS} FROM {_TABLE} WHERE b.id = :id")  # noqa: S608 - our own names only
_CONTENTS = text("""
SELECT p.sku, p.name, s.quantity FROM bin_stock s JOIN product p ON p.id = s.product_id
 WHERE s.bin_id = :id AND s.quantity > 0 ORDER BY p.sku
""")
_CHANGE = text("UPDATE bin SET code = :code, position = :position, active = :active WHERE id = :id")
_TAKEN = text("SELECT id FROM bin WHERE warehouse_id = (SELECT warehouse_id FROM bin WHERE id = :id) AND code = :code")
# Who adds or changes bins of a warehouse does so alone. Whoever puts pieces into them does not wait for that.
_LOCK = text("SELECT id FROM warehouse WHERE id = :warehouse FOR NO KEY UPDATE")
_LOCK_OF_BIN = text("""
SELECT w.id FROM bin b JOIN warehouse w ON w.id = b.warehouse_id WHERE b.id = :id FOR NO KEY UPDATE OF w
""")


@dataclass(frozen=True, slots=True)
class NewBin:
    """A bin as it is added; the lowest `position` is walked to first."""

    code: str
    position: int


def add_bins(session: Session, warehouse_id: int, bins: Sequence[NewBin]) -> int:
    """
    Add bins to a warehouse, all or none; give how many are new. One that is there just like this is left alone.

    Raises Invalid where a code comes twice, Conflict where one is there at another position, or is not active.
    """
    wanted = {each.code: each.position for each in bins}
    if len(wanted) < len(bins):
        raise Invalid("a bin is named twice", code="duplicate_bin", remedy="name each bin once")
    asked = {"warehouse": warehouse_id, "codes": list(wanted), "positions": list(wanted.values())}
    session.execute(_LOCK, {"warehouse": warehouse_id})
    added = len(session.execute(_ADD, asked).all())
    there = session.execute(_BY_CODE, asked).all()
    if other := sorted(row.code for row in there if row.position != wanted[row.code] or not row.active):
        raise Conflict(
            f"there at another position, or not active: bin {', '.join(other[:10])}",
            code="bin_differs",
            remedy='leave them out, or change them: PATCH /v1/bins/{id} {"position": 1, "active": true}',
            members={"bins": other},
        )
    return added


def change_bin(session: Session, bin_id: int, changes: Mapping[str, Any]) -> None:
    """
    Change the code, the position or `active` of a bin. Into one that is not active nothing is put any more.

    Raises NotFound, or Conflict where its warehouse has another bin of this code.
    """
    session.execute(_LOCK_OF_BIN, {"id": bin_id})
    row = find_bin(session, bin_id)
    wanted = {**{name: row[name] for name in ("id", "code", "position", "active")}, **changes}
    others = set(session.execute(_TAKEN, {"id": bin_id, "code": wanted["code"]}).scalars()) - {bin_id}
    if others:
        raise Conflict(
            f"warehouse {row['warehouse']} has another bin {wanted['code']}",
            code="code_taken",
            remedy="choose another code",
        )
    session.execute(_CHANGE, wanted)


def bin_ids(
    session: Session, warehouse_id: int, codes: Iterable[str | None], *, to_fill: Iterable[str | None] = ()
) -> dict[str, int]:
    """
    Give the ids of bins of a warehouse by code, leaving out None.

    Raises Invalid naming those that it does not have, Conflict where one of `to_fill` is not active.
    """
    wanted = {code for code in codes if code is not None}
    if not wanted:
        return {}
    rows = session.execute(_BY_CODE, {"warehouse": warehouse_id, "codes": sorted(wanted)}).all()
    found = {row.code: row.id for row in rows}
    if missing := sorted(wanted - found.keys()):
        raise Invalid(
            f"no bin {', '.join(missing[:10])} in this warehouse",
            code="unknown_bin",
            remedy="read the label again, or add the bin: POST /v1/bins",
            members={"bins": missing},
        )
    filled = set(to_fill)
    if closed := sorted(row.code for row in rows if row.code in filled and not row.active):
        raise Conflict(
            f"bin {', '.join(closed[:10])} is not active: nothing is put into it",
            code="bin_not_active",
            guard="bin_active",
            remedy="choose another bin",
            members={"bins": closed},
        )
    return found


def find_bin(session: Session, bin_id: int) -> RowMapping:
    """Give one bin. Raises NotFound."""
    row = session.execute(_ONE, {"id": bin_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no bin {bin_id}")
    return row


def list_bins(
    session: Session, warehouse_id: int, *, after: tuple[int, str] = (-1, ""), limit: int = 50
) -> Sequence[RowMapping]:
    """List the bins of a warehouse in walking order; `after` are position and code of the last one seen."""
    asked = {"warehouse": warehouse_id, "position": after[0], "code": after[1], "limit": limit}
    return session.execute(_PAGE, asked).mappings().all()


def contents_of(session: Session, bin_id: int) -> Sequence[RowMapping]:
    """Give the products in a bin, by SKU, with their pieces."""
    return session.execute(_CONTENTS, {"id": bin_id}).mappings().all()
