"""What a list of orders is narrowed to, and as SQL what that asks of an order. (FI1 to FI6, OL22)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Invalid

Place = tuple[datetime, int]
"""Where an order stands in a list: when it was placed, and its id. Ids alone tell no order of time."""

# What is shown, as (status, whether a hold is open): a hold lies over what is under way.
SHOWN_STATUSES: Final[Mapping[str, Sequence[tuple[str, bool]]]] = {
    "draft": (("draft", False), ("draft", True)),
    "in_progress": (("in_progress", False),),
    "on_hold": (("in_progress", True), ("partially_shipped", True)),
    "partially_shipped": (("partially_shipped", False),),
    "completed": (("completed", False), ("completed", True)),
    "canceled": (("canceled", False), ("canceled", True)),
}
OPEN: Final = "open"
OPEN_STATUSES: Final = ("draft", "in_progress", "on_hold", "partially_shipped")
"""What `open` stands for: everything that is not finished (OL22)."""


class Created(StrEnum):
    """Stretches of time that need no dates (FI5). Days are those of UTC; the last ones count today."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"

    def span(self, at: datetime) -> tuple[datetime, datetime]:
        """Give the first moment, and the first one after it, as seen from the moment `at`."""
        today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        tomorrow, month = today + timedelta(days=1), today.replace(day=1)
        starts = {
            Created.TODAY: (today, tomorrow),
            Created.YESTERDAY: (today - timedelta(days=1), today),
            Created.LAST_7_DAYS: (today - timedelta(days=6), tomorrow),
            Created.LAST_30_DAYS: (today - timedelta(days=29), tomorrow),
            Created.THIS_MONTH: (month, tomorrow),
            Created.LAST_MONTH: ((month - timedelta(days=1)).replace(day=1), month),
            Created.THIS_YEAR: (month.replace(month=1), tomorrow),
        }
        return starts[self]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """
    What a list of orders is narrowed to; what is left out leaves everything in.

    `number`, `name` (of any of its forms), `customer_name` and `q` match in part; `q` looks at number, customer, SKUs and names
    of items, and at the e-mail address as a whole. `created_to` is the first moment left out. `storefront_id` sees nobody
    else's orders (RO1). `archived` None leaves in what was put away as well.
    """

    number: str | None = None
    name: str | None = None
    customer_name: str | None = None
    q: str | None = None
    customer_email: str | None = None
    statuses: Sequence[str] = ()
    markets: Sequence[str] = ()
    created_from: datetime | None = None
    created_to: datetime | None = None
    storefront_id: int | None = None
    archived: bool | None = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked of the order itself, beside the words on it: by ids, and by (status, held) pairs."""

    pairs: Sequence[tuple[str, bool]]
    market_ids: Sequence[int]
    storefront_id: int | None
    customer_email: str | None
    archived: bool | None = False

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for beside that the order is not archived, which holds of most."""
        return self.conditions.keys() - {"archived"} != set() or self.archived is True

    @property
    def conditions(self) -> dict[str, str]:
        """Give each condition on `purchase_order AS o` that is asked for, by what it narrows."""
        asked = {
            "email": (self.customer_email, "lower(o.customer_email) = lower(:email)"),
            "storefront": (self.storefront_id, "o.storefront_id = :storefront_id"),
            "status": (
                self.pairs,
                (
                    "(o.status, o.open_holds > 0) IN"
                    " (SELECT * FROM unnest(CAST(:statuses AS text[]), CAST(:held AS boolean[])))"
                ),
            ),
            "archived": (self.archived, f"o.archived_at IS {'NOT ' if self.archived else ''}NULL"),
            "market": (self.market_ids, "o.market_id = ANY (CAST(:market_ids AS bigint[]))"),
        }
        return {name: condition for name, (wanted, condition) in asked.items() if wanted not in (None, ())}

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the conditions refer to."""
        return {
            "email": self.customer_email,
            "storefront_id": self.storefront_id,
            "statuses": [status for status, _ in self.pairs],
            "held": [held for _, held in self.pairs],
            "market_ids": list(self.market_ids),
        }


def scope_of(session: Session, wanted: OrderFilter) -> Scope:
    """Find what the filter names. Raises Invalid for a market that is not there."""
    shown = [
        each for status in wanted.statuses for each in (OPEN_STATUSES if status == OPEN else (status,))
    ]  # in the order asked for; each once
    pairs = tuple(dict.fromkeys(pair for status in shown for pair in SHOWN_STATUSES[status]))
    markets = _markets(session) if wanted.markets else {}
    if unknown := sorted(set(wanted.markets) - markets.keys()):
        raise Invalid(
            f"no market {', '.join(unknown)}",
            code="unknown_market",
            remedy=f"markets there are: {', '.join(sorted(markets))}",
            members={"markets": unknown},
        )
    market_ids = tuple(sorted({markets[code] for code in wanted.markets}))
    return Scope(pairs, market_ids, wanted.storefront_id, wanted.customer_email, wanted.archived)


def all_market_ids(session: Session) -> list[int]:
    """Give the id of every market."""
    return sorted(_markets(session).values())


def _markets(session: Session) -> dict[str, int]:
    return {row.code: row.id for row in session.execute(_MARKETS)}


_MARKETS = text("SELECT code, id FROM market")
