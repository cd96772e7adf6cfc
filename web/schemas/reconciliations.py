"""What has drifted, and what was done about it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fulfillment.reconciliation.states import DriftClass, ItemStatus
from web.schemas.base import Answer, Sent


class ReconciliationIn(Sent):
    """
    Which classes of drift to look for (none named: all), and whether to repair what is found.

    Without `repair` it is a dry run: it tells what there is, and changes nothing.
    """

    classes: list[DriftClass] = Field(default_factory=list, max_length=len(DriftClass))
    repair: bool = False


class RepairIn(Sent):
    """There is nothing to say about a repair."""


class CountsOut(Answer):
    """How many items of a class a reconciliation found, and what became of them."""

    found: int
    repaired: int
    open: int


class ReconciliationOut(Answer):
    """
    One look at everything. `looked_at` are the classes that are through, `errors` says which could not be looked at and why.

    `counts` is by class, and holds those of which something was found.
    """

    id: int
    status: Literal["waiting", "running", "finished"]
    classes: list[DriftClass]
    looked_at: list[DriftClass]
    repair: bool
    actor: str
    asked_at: str
    begun_at: str | None
    finished_at: str | None
    errors: dict[str, str]
    counts: dict[str, CountsOut]


class ReconciliationsOut(Answer):
    """A page of reconciliations, the latest first."""

    reconciliations: list[ReconciliationOut]
    next: str | None


class DriftItemOut(Answer):
    """
    One thing that had drifted from a `rule`. `place` names it by ids, `found` is how it was, `after` how its repair left it.

    `refusal` says why it was not repaired when somebody tried last; a later reconciliation has `passed` what it looked at anew.
    """

    id: int
    reconciliation_id: int
    drift: DriftClass
    rule: str
    order: str | None
    place: dict[str, Any]
    found: dict[str, Any]
    status: ItemStatus
    found_at: str
    refusal: str | None
    after: dict[str, Any] | None
    repaired_at: str | None
    repaired_by: str | None


class DriftItemsOut(Answer):
    """A page of what a reconciliation found, as it was found."""

    items: list[DriftItemOut]
    next: str | None
