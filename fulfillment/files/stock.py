"""
How many pieces of each product lie in each warehouse.

A file says how many there are to be; what is taken in is the difference to what there is, as a receipt or as an adjustment
with a reason. So a file that is taken in twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import uuid4

from fulfillment.client.api import JSON, Api, RefusedError
from fulfillment.files.columns import columns, integer, text
from fulfillment.files.outcome import Outcome, Way

COLUMNS: Final = (
    *columns(text, "sku", "warehouse"),
    *columns(integer, "on_hand", "safety", "allocated", "available"),
)
SHOWN: Final = frozenset({"allocated", "available"})
_REASON: Final = "correction"
_UNPROCESSABLE: Final = 422


def read(api: Api, _whole: bool) -> Iterator[JSON]:  # noqa: FBT001 - all kinds are read alike
    """Give every product that is in stock, once per warehouse."""
    for page in api.pages("/v1/inventory"):
        for each in page:
            for place in each["warehouses"] or ():
                counts = {name: place[name] for name in ("on_hand", "safety", "allocated", "available")}
                yield {"sku": each["sku"], "warehouse": place["warehouse"], **counts}


def take(api: Api, rows: Sequence[JSON], way: Way) -> Outcome:
    """Make counts what the rows say; of two about the same place the later holds. Raises RefusedError."""
    for row in rows:
        _expect_counts(row)
    outcome = Outcome()
    for part in _each_once(rows):
        outcome += _take_once(api, part, way)
    return outcome


def _each_once(rows: Sequence[JSON]) -> Iterator[list[JSON]]:
    """Part rows where a place is named again: what was said first is there when the later is compared with it."""
    part: dict[tuple[str, str], JSON] = {}
    for row in rows:
        place = row["sku"], row["warehouse"]
        if place in part:
            yield list(part.values())
            part = {}
        part[place] = row
    if part:
        yield list(part.values())


def _take_once(api: Api, rows: Sequence[JSON], way: Way) -> Outcome:
    there = _counts(api, sorted({row["sku"] for row in rows}))
    more: dict[str, list[JSON]] = {}
    fewer: dict[str, list[JSON]] = {}
    kept: dict[str, list[JSON]] = {}
    changed = 0
    for row in rows:
        on_hand, safety = there.get((row["sku"], row["warehouse"]), (0, 0))
        difference = row["on_hand"] - on_hand
        if difference:
            into = more if difference > 0 else fewer
            into.setdefault(row["warehouse"], []).append({"sku": row["sku"], "quantity": difference})
        if row.get("safety", safety) != safety:
            kept.setdefault(row["warehouse"], []).append({"sku": row["sku"], "safety": row["safety"]})
        changed += bool(difference or row.get("safety", safety) != safety)
    if not way.dry:
        _send(api, more, fewer, kept, way)
    return Outcome(changed=changed, there=len(rows) - changed)


def _send(
    api: Api, more: dict[str, list[JSON]], fewer: dict[str, list[JSON]], kept: dict[str, list[JSON]], way: Way
) -> None:
    for warehouse, lines in more.items():
        receipt = {"warehouse": warehouse, "lines": lines, "reason": f"import of {way.source}"}
        api.post("/v1/inventory/receipts", receipt, key=str(uuid4()))
    for warehouse, lines in fewer.items():
        adjustment = {"warehouse": warehouse, "lines": lines, "reason": _REASON, "note": f"import of {way.source}"}
        api.post("/v1/inventory/adjustments", adjustment, key=str(uuid4()))
    for warehouse, lines in kept.items():
        api.post("/v1/inventory/safety-stock", {"warehouse": warehouse, "lines": lines}, key=str(uuid4()))


def _expect_counts(row: JSON) -> None:
    missing = [name for name in ("sku", "warehouse", "on_hand") if name not in row]
    counted = (row.get("on_hand", 0), row.get("safety", 0))
    if missing or not all(type(count) is int and count >= 0 for count in counted):
        said = f"{' and '.join(missing)} is missing" if missing else "counts are whole numbers, 0 or more"
        raise RefusedError("POST", "/v1/inventory/receipts", _UNPROCESSABLE, {"detail": said})


def _counts(api: Api, skus: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """On hand and safety stock, by SKU and warehouse."""
    found = api.get("/v1/inventory", sku=skus)["inventory"]
    return {
        (each["sku"], place["warehouse"]): (place["on_hand"], place["safety"])
        for each in found
        for place in each["warehouses"] or ()
    }
