"""Markets: read by all, written by administrators."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.catalog.markets import add_market, change_market, find_market, list_markets
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.call import Call, Reply
from web.paging import after_text, page
from web.routes import Noun
from web.schemas.base import Page
from web.schemas.markets import MarketChangeIn, MarketIn, MarketOut, MarketsOut

_ALL = (STOREFRONT, CSR, WAREHOUSE, ADMIN)

noun = Noun("markets", "Where it is sold, in which currency, and how its orders are treated.")


@noun.reads("/v1/markets", roles=_ALL, answer=MarketsOut, query=Page)
def list_all_markets(session: Session, call: Call, query: Page) -> Reply:
    """List markets by code. Only those who hold orders see the hold rules."""
    rows = list_markets(session, after=after_text(query.cursor), limit=query.limit + 1)
    return Reply(page("markets", rows, query.limit, lambda row: row["code"], [_shown(call, row) for row in rows]))


@noun.reads("/v1/markets/<name:code>", roles=_ALL, answer=MarketOut)
def show_market(session: Session, call: Call, code: str) -> Reply:
    """Read a market."""
    return Reply(_shown(call, find_market(session, code)))


@noun.commands("/v1/markets", roles=(ADMIN,), body=MarketIn, answer=MarketOut, status=201, also={200: MarketOut})
def create_market(session: Session, call: Call, body: MarketIn) -> Reply:
    """Add a market. The same one again is no error (200)."""
    added = add_market(session, body.as_market())
    return Reply(_shown(call, find_market(session, body.code)), 201 if added else 200)


@noun.changes("PATCH", "/v1/markets/<name:code>", roles=(ADMIN,), body=MarketChangeIn, answer=MarketOut)
def change_a_market(session: Session, call: Call, body: MarketChangeIn, code: str) -> Reply:
    """Change a market; what is left out stays. It counts for what happens from now on: orders keep their holds."""
    change_market(session, code, body.changes())
    return Reply(_shown(call, find_market(session, code)))


def _shown(call: Call, row: RowMapping) -> dict[str, Any]:
    """A storefront that knew the rules could tell its customers how not to be looked at."""
    hidden = call.key.role in (STOREFRONT, WAREHOUSE)
    return {**row, "hold_rules": [] if hidden else row["hold_rules"]}
