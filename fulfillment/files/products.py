"""Products, parents before their variants. One that is there just like this is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from fulfillment.client.api import JSON, Api, RefusedError
from fulfillment.files.columns import columns, document, flag, integer, text
from fulfillment.files.outcome import Outcome, Way

COLUMNS: Final = (
    *columns(text, "sku", "name", "description"),
    *columns(integer, "price.amount"),
    *columns(text, "price.currency"),
    *columns(flag, "needs_shipping"),
    *columns(text, "when_short", "available_from"),
    *columns(flag, "active"),
    *columns(document, "options"),
    *columns(text, "variant_of"),
    *columns(document, "option_values"),
)
SHOWN: Final = frozenset({"available"})
_MAY_CHANGE: Final = ("name", "description", "price", "when_short", "available_from", "active")


def read(api: Api, _whole: bool) -> Iterator[JSON]:  # noqa: FBT001 - all kinds are read alike
    """Give every product: first those that are no variant."""
    for variants in (False, True):
        for page in api.pages("/v1/products"):
            yield from (
                {name: value for name, value in each.items() if name not in SHOWN and value is not None}
                for each in page
                if (each["variant_of"] is not None) == variants
            )


def take(api: Api, rows: Sequence[JSON], way: Way) -> Outcome:
    """Add products; with `update` change one that is there with other content. Raises RefusedError."""
    path = f"/v1/products{'?dry_run=true' if way.dry else ''}"
    try:
        answer = api.post(path, {"products": list(rows)}, key=str(uuid4()))
    except RefusedError as refused:
        if not (way.update and len(rows) == 1 and refused.code == "product_differs"):
            raise
        return _change(api, rows[0], way)
    if way.dry:
        return Outcome(new=len(rows))
    return Outcome(new=answer["added"], there=answer["unchanged"])


def _change(api: Api, row: JSON, way: Way) -> Outcome:
    """Change what may be changed of a product; it is what was asked for then, or refused as before."""
    if not way.dry:
        path = f"/v1/products/{quote(row['sku'], safe='')}"
        api.change("PATCH", path, {name: row[name] for name in _MAY_CHANGE if name in row})
        api.post("/v1/products", {"products": [row]}, key=str(uuid4()))  # what may not be changed is refused here
    return Outcome(changed=1)
