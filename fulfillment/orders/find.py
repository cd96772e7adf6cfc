"""
Find: which orders a filter leaves, page by page, the latest placed first. (FI1 to FI8)

No page reads more than a bounded part of the database, whatever is asked: where that does not fill it, the page is shorter than
its limit and says from where to go on. `docs/decisions/0013` tells how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.orders.filter import SHOWN_STATUSES, OrderFilter, Place, Scope, all_market_ids, scope_of
from fulfillment.orders.search.blocks import BEGINNING
from fulfillment.orders.search.look import END, Span, Words, look_through, those_with, words_of

MOST_EXAMINED: Final = 2_000
"""Orders that are looked at for one page where no index knows all that is asked for."""

MOST_STRETCHES: Final = 60
"""Stretches of the index by status and market that are read side by side."""

FIRST_LOOK: Final = 100
"""Orders of a status, market, storefront or customer whose words are looked at before words are looked up."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of orders, the latest first. `next_before` goes on, None at the end; a short page may have one, too."""

    places: list[Place]
    next_before: Place | None

    @property
    def order_ids(self) -> list[int]:
        """Give the ids alone."""
        return [order_id for _, order_id in self.places]


def find_orders(session: Session, wanted: OrderFilter, *, before: Place | None = None, limit: int = 50) -> Found:
    """
    Find up to `limit` orders that stand after `before` in the list.

    Raises Invalid where a word is too short to look for, or for a market that is not there.
    """
    words = words_of(session, wanted)
    scope = scope_of(session, wanted)
    low = (wanted.created_from, 0) if wanted.created_from is not None else BEGINNING
    ends = [end for end in (before, (wanted.created_to, 0) if wanted.created_to is not None else None) if end]
    span = Span(low, min(ends, default=END))
    places, resume = _find(session, scope, words, span, limit + 1)
    if len(places) > limit:
        return Found(places[:limit], places[limit - 1])
    return Found(places, resume)


def every_page(session: Session, wanted: OrderFilter, *, limit: int = 200) -> Iterator[Found]:
    """Give all orders that a filter leaves, page by page: a selection over several pages (FI8). Raises Invalid."""
    before: Place | None = None
    while True:
        found = find_orders(session, wanted, before=before, limit=limit)
        yield found
        if found.next_before is None:
            return
        before = found.next_before


def _find(session: Session, scope: Scope, words: Words, span: Span, most: int) -> tuple[list[Place], Place | None]:
    if not words.terms:
        return _walk(session, scope, span, most)
    first: list[Place] = []
    if scope.narrows:
        # Few orders are on hold, and most customers have few: then their words are read instead of looked up.
        walked, resume = _walk(session, scope, span, FIRST_LOOK)
        first = those_with(session, words, walked)
        if resume is None and len(walked) < FIRST_LOOK:
            return first[:most], None
        span = Span(span.low, resume or walked[-1])
    if len(first) >= most:
        return first[:most], None
    rest, resume = look_through(session, scope, words, span, most - len(first))
    return first + rest, resume


def _walk(session: Session, scope: Scope, span: Span, most: int) -> tuple[list[Place], Place | None]:
    """Walk the one index that gives the orders in their order and narrows them most; check the rest order by order."""
    conditions = scope.conditions
    parameters = {**scope.parameters, **span.parameters, "most": most}
    leading = next((name for name in ("email", "storefront") if name in conditions), None)
    if leading is None and scope.archived is False and (scope.pairs or scope.market_ids):
        market_ids = list(scope.market_ids) or all_market_ids(session)
        pairs = scope.pairs or [pair for pairs in SHOWN_STATUSES.values() for pair in pairs]
        if len(pairs) * len(market_ids) <= MOST_STRETCHES:
            stretches = [(*pair, market_id) for pair in pairs for market_id in market_ids]
            return _places(session, _SIDE_BY_SIDE, {**parameters, **_columns(stretches)}), None
    driver = conditions.pop(leading) if leading is not None else "true"
    if not conditions:
        return _places(session, _IN_ORDER.format(driver=driver), parameters), None
    return _examine(session, driver, " AND ".join(conditions.values()), parameters)


def _examine(session: Session, driver: str, rest: str, parameters: dict[str, Any]) -> tuple[list[Place], Place | None]:
    parameters = {**parameters, "examined": MOST_EXAMINED}
    found = _places(session, _EXAMINED.format(driver=driver, rest=rest), parameters)
    if len(found) == parameters["most"]:
        return found, None
    last = _places(session, _LAST_EXAMINED.format(driver=driver), parameters)
    return found, last[0] if last else None


def _places(session: Session, statement: str, parameters: dict[str, Any]) -> list[Place]:
    return [(row.placed_at, row.id) for row in session.execute(text(statement), parameters)]


def _columns(stretches: list[tuple[str, bool, int]]) -> dict[str, Any]:
    statuses, held, market_ids = zip(*stretches, strict=True)
    return {"statuses": list(statuses), "held": list(held), "market_ids": list(market_ids)}


_SPAN: Final = """(o.placed_at, o.id) > (CAST(:low_at AS timestamptz), CAST(:low_id AS bigint))
   AND (o.placed_at, o.id) < (CAST(:high_at AS timestamptz), CAST(:high_id AS bigint))"""
_IN_ORDER: Final = f"""
SELECT o.placed_at, o.id FROM purchase_order o WHERE {{driver}} AND {_SPAN}
 ORDER BY o.placed_at DESC, o.id DESC LIMIT :most
"""  # noqa: S608 - our own names only
# Written as a stretch of the index by status and market of what is not archived, which alone has this order. Asked by equality, the planner may go
# by time instead, and read all orders there are for a status that has few.
_SIDE_BY_SIDE: Final = """
SELECT found.placed_at, found.id
  FROM unnest(CAST(:statuses AS text[]), CAST(:held AS boolean[]), CAST(:market_ids AS bigint[]))
       AS stretch (status, held, market_id)
 CROSS JOIN LATERAL (
   SELECT o.placed_at, o.id FROM purchase_order o
    WHERE o.archived_at IS NULL AND (o.status, (o.open_holds > 0), o.market_id, o.placed_at, o.id)
          > (stretch.status, stretch.held, stretch.market_id, CAST(:low_at AS timestamptz), CAST(:low_id AS bigint))
      AND (o.status, (o.open_holds > 0), o.market_id, o.placed_at, o.id)
          < (stretch.status, stretch.held, stretch.market_id, CAST(:high_at AS timestamptz), CAST(:high_id AS bigint))
    ORDER BY o.status DESC, (o.open_holds > 0) DESC, o.market_id DESC, o.placed_at DESC, o.id DESC LIMIT :most) found
 ORDER BY found.placed_at DESC, found.id DESC LIMIT :most
"""
_EXAMINED: Final = f"""
SELECT o.placed_at, o.id
  FROM (SELECT o.placed_at, o.id, o.status, o.open_holds, o.market_id, o.storefront_id, o.customer_email, o.archived_at
          FROM purchase_order o WHERE {{driver}} AND {_SPAN}
         ORDER BY o.placed_at DESC, o.id DESC LIMIT :examined) o
 WHERE {{rest}} ORDER BY o.placed_at DESC, o.id DESC LIMIT :most
"""  # noqa: S608 - our own names only
_LAST_EXAMINED: Final = f"""
SELECT o.placed_at, o.id FROM purchase_order o WHERE {{driver}} AND {_SPAN}
 ORDER BY o.placed_at DESC, o.id DESC OFFSET :examined - 1 LIMIT 1
"""  # noqa: S608 - our own names only
