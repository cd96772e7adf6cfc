"""
A plan: what a command would change, by part, and the token that stands for it. Pure.

Times and the ids of rows that are only about to be made are left out: they differ each time, and nobody decides by them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from fulfillment.orders.read import OrderView

PARTS: Final = ("changes", "stock", "money", "emails", "refused", "versions")

# The floor's own bookkeeping, and what changes with every change.
_LEFT_OUT: Final = frozenset({"id", "version", "underlying_status", "shipment_id", "form_id", "order_id", "exchanges"})
_DIGITS: Final = 12
_PARTS_OF_TOKEN: Final = len(PARTS) + 1

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Portrait:
    """An order and its parts: (subject, id) and what is shown of it."""

    number: str
    version: int
    rows: Mapping[tuple[str, int], Row]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would do, and to which versions of which orders. `last_entry` is the timeline's last until then."""

    changes: list[dict[str, Any]]
    stock: list[dict[str, Any]]
    money: list[dict[str, Any]]
    emails: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    versions: dict[str, int]
    last_entry: int

    def part(self, name: str) -> Any:
        """Give one of PARTS."""
        return getattr(self, name)

    @property
    def token(self) -> str:
        """What stands for exactly this plan: the timeline it was made at, and a digest of each part."""
        digests = [_digest(self.part(name)) for name in PARTS]
        return "-".join([str(self.last_entry), *digests])


def parts_that_differ(plan: Plan, token: str) -> list[str]:
    """Name the parts in which a plan is not the one that the token stands for. Raises ValueError for no token of ours."""
    digests = token.split("-")
    if len(digests) != _PARTS_OF_TOKEN or not digests[0].isdecimal():
        raise ValueError("not a token of a plan")
    return [name for name, digest in zip(PARTS, digests[1:], strict=True) if _digest(plan.part(name)) != digest]


def entry_seen(token: str) -> int:
    """Give the last entry of the timeline that was there when the token was made."""
    return int(token.split("-", maxsplit=1)[0])


def portrayed(view: OrderView) -> Portrait:
    """Take down an order as it is shown."""
    numbers = {shipment["id"]: shipment["number"] for shipment in view.shipments}
    lines = [{**line, "shipment": numbers[line["shipment_id"]]} for line in view.lines]
    rows = {("order", view.head["id"]): _shown(view.head)}
    for subject, parts in (
        ("form", view.forms),
        ("shipment", view.shipments),
        ("line", lines),
        ("hold", view.holds),
    ):
        rows |= {(subject, part["id"]): _shown(part) for part in parts}
    return Portrait(view.head["number"], view.head["version"], rows)


def differences(before: Portrait, after: Portrait) -> Iterator[dict[str, Any]]:
    """Give what is different: fields that change, parts that are added (without an id yet) or removed."""
    for subject, row_id in sorted(before.rows):
        was, will_be = before.rows[subject, row_id], after.rows.get((subject, row_id))
        if will_be is None:
            yield _change(before.number, subject, row_id, "removed", dict(was), None)
            continue
        for name in was:
            if was[name] != will_be[name]:
                yield _change(before.number, subject, row_id, name, was[name], will_be[name])
    # Their ids are of no consequence, and so must their order be.
    added = [(subject, dict(after.rows[subject, row_id])) for subject, row_id in after.rows.keys() - before.rows.keys()]
    for subject, row in sorted(added, key=_canonical):
        yield _change(before.number, subject, None, "added", None, row)


def _change(order: str, subject: str, row_id: int | None, field: str, before: Any, after: Any) -> dict[str, Any]:
    return {"order": order, "subject": subject, "id": row_id, "field": field, "before": before, "after": after}


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _LEFT_OUT and not _is_time(name, value)}


def _is_time(name: str, value: Any) -> bool:
    return isinstance(value, datetime) or name.endswith(("_at", "_since"))


def _canonical(part: Any) -> bytes:
    return orjson.dumps(part, option=orjson.OPT_SORT_KEYS)


def _digest(part: Any) -> str:
    return hashlib.sha256(_canonical(part)).hexdigest()[:_DIGITS]
