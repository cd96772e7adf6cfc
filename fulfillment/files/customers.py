"""Customers with their address books. They are told apart by their e-mail addresses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Final

from fulfillment.client.api import JSON, Api, RefusedError
from fulfillment.files.columns import columns, document, text
from fulfillment.files.outcome import Outcome, Way

_ADDRESS: Final = ("name", "line1", "line2", "city", "region", "postal_code", "country")
COLUMNS: Final = (
    *columns(text, "name", "email"),
    *columns(text, *(f"address.{part}" for part in _ADDRESS)),
    *columns(document, "more_addresses"),
)
SHOWN: Final = frozenset({"id", "created_at"})


def read(api: Api, whole: bool) -> Iterator[JSON]:  # noqa: FBT001 - all kinds are read alike
    """Give every customer; `whole` with all addresses in one list, else the first apart from the others."""
    for page in api.pages("/v1/customers"):
        for each in page:
            addresses = _addresses(each)
            customer = {"name": each["name"], "email": each["email"]}
            if whole:
                yield {**customer, "addresses": addresses}
            else:
                yield {**customer, "address": next(iter(addresses), None), "more_addresses": addresses[1:] or None}


def take(api: Api, rows: Sequence[JSON], way: Way) -> Outcome:
    """Add customers, one by one. Raises RefusedError."""
    return sum((_take(api, row, way) for row in rows), Outcome())


def _take(api: Api, row: JSON, way: Way) -> Outcome:
    wanted = {name: value for name, value in row.items() if name not in {"address", "more_addresses"}}
    first = [row["address"]] if row.get("address") else []
    wanted.setdefault("addresses", [*first, *(row.get("more_addresses") or [])])
    wanted.setdefault("email", None)
    try:
        # Who has no e-mail address is known by all that is said of them, for as long as keys are kept.
        path = f"/v1/customers{'?dry_run=true' if way.dry else ''}"
        _, added_before = api.carry_out(path, wanted, key=_key(wanted))
    except RefusedError as refused:
        if refused.code == "email_taken" and _is_there(api, wanted):
            return Outcome(there=1)
        raise
    return Outcome(there=1) if added_before else Outcome(new=1)


def _is_there(api: Api, wanted: JSON) -> bool:
    [found] = api.get("/v1/customers", email=wanted["email"])["customers"]
    return bool(found["name"] == wanted.get("name") and _addresses(found) == wanted["addresses"])


def _addresses(customer: JSON) -> list[JSON]:
    return [
        {part: value for part, value in entry["address"].items() if value is not None}
        for entry in customer["addresses"]
    ]


def _key(wanted: JSON) -> str:
    return f"import-{hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()}"
