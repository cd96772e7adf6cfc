"""Promotions: read by customer service, made and changed by administrators."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from fulfillment.promotions.add import add_promotion, change_promotion
from fulfillment.promotions.read import find_promotion, list_promotions
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.paging import after_text, page
from web.routes import Noun
from web.schemas.base import Page, moment, money
from web.schemas.promotions import PromotionChangeIn, PromotionIn, PromotionOut, PromotionsOut, as_changes

noun = Noun("promotions", "Codes that bring items, discount an order, or ship it for nothing.")


@noun.reads("/v1/promotions", roles=(CSR, ADMIN), answer=PromotionsOut, query=Page)
def list_all_promotions(session: Session, call: Call, query: Page) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List promotions by code."""
    rows = list_promotions(session, after=after_text(query.cursor), limit=query.limit + 1)
    shown = [_shown(row) for row in rows]
    return Reply(page("promotions", rows, query.limit, lambda row: row["code"].lower(), shown))


@noun.reads("/v1/promotions/<name:code>", roles=(CSR, ADMIN), answer=PromotionOut)
def show_promotion(session: Session, call: Call, code: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read a promotion; case makes no difference."""
    return Reply(_shown(find_promotion(session, code)))


@noun.commands("/v1/promotions", roles=(ADMIN,), body=PromotionIn, answer=PromotionOut, status=201)
def create_promotion(session: Session, call: Call, body: PromotionIn) -> Reply:
    """Add a promotion. Its code must be free, in any case of letters."""
    add_promotion(session, body.as_promotion(), by=call.key.actor, at=call.at)
    return Reply(_shown(find_promotion(session, body.code)), 201)


@noun.changes("PATCH", "/v1/promotions/<name:code>", roles=(ADMIN,), body=PromotionChangeIn, answer=PromotionOut)
def change_one_promotion(session: Session, call: Call, body: PromotionChangeIn, code: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Change what is sent, or end it: `active: false`. Orders that used it keep what it gave them."""
    change_promotion(session, code, as_changes(body, body.model_fields_set))
    return Reply(_shown(find_promotion(session, code)))


def _shown(row: RowMapping) -> dict[str, Any]:
    currency = row["currency"]
    as_it_is = (
        "code",
        "name",
        "kind",
        "percent",
        "markets",
        "active",
        "use_limit",
        "use_limit_per_customer",
        "uses",
        "created_by",
    )
    return {
        **{name: row[name] for name in as_it_is},
        "amount": _money(row["amount"], currency),
        "items": [{**item, "amount": _money(item["amount"], currency)} for item in row["items"]],
        "minimum_amount": _money(row["minimum_amount"] or None, currency),
        **{name: moment(row[name]) for name in ("starts_at", "ends_at", "created_at")},
    }


def _money(amount: int | None, currency: str) -> dict[str, Any] | None:
    return None if amount is None else money(amount, currency)
