"""Markets: where orders are taken, in which currency, and how they are treated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.catalog.hold_rules import HoldRule, documents_of
from fulfillment.catalog.models import ReturnShipping, Turn
from fulfillment.kernel.errors import Conflict, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class NewMarket:
    """
    A market as it is added.

    Orders that nobody pays are canceled after `unpaid_after_seconds`; carts that nobody touches are forgotten after
    `carts_kept_seconds`, wish lists never; one that is reserved holds its pieces for `reserves_for_seconds`. `tax_rate` is the flat rate of orders that customer service enters, in basis
    points (2000 is 20 percent). Payments are added by one of `payment_methods` (PY1). Of several
    payments `capture_order` says which are taken from first, `refund_order` which give back first (PY6). `hold_rules` are
    evaluated when an order is placed.

    `sourcing` are rules, each `by` something, that choose the warehouse: by default its priority does. `splits` says what
    becomes of a shipment that no warehouse fills: it waits (`never`), is shared over `warehouses` that have it together, or
    what is `available` ships. Where it `fills_greedily` nothing is kept back for those who wait. How it takes goods back is
    told in catalog/return_policy.py.

    Customers are told by e-mail of a delivery where it `mails_delivery`, and of a parcel in trouble where it
    `mails_delivery_problems`. A parcel of which its carrier tells nothing for `parcels_silent_after_days` needs a person (0: never).
    """

    code: str
    name: str
    currency: str
    releases_automatically: bool = False
    unpaid_after_seconds: int = 86_400
    carts_kept_seconds: int = 7_776_000
    reserves_for_seconds: int = 600
    tax_rate: int = 0
    payment_methods: Sequence[str] = ("card", "manual")
    capture_order: Turn = Turn.OLDEST_FIRST
    refund_order: Turn = Turn.NEWEST_FIRST
    hold_rules: Sequence[HoldRule] = ()
    sourcing: Sequence[Mapping[str, Any]] = ()
    splits: str = "never"
    fills_greedily: bool = False
    mails_delivery: bool = False
    mails_delivery_problems: bool = False
    parcels_silent_after_days: int = 7
    return_days: int = 30
    return_expires_days: int = 30
    return_fee: int = 0
    return_shipping: ReturnShipping = ReturnShipping.OUR_FAULT
    returns_by_storefront: bool = False
    exchanges_goods_first: bool = False


_CHANGEABLE: Final = (
    "name",
    "releases_automatically",
    "unpaid_after_seconds",
    "carts_kept_seconds",
    "reserves_for_seconds",
    "tax_rate",
    "payment_methods",
    "capture_order",
    "refund_order",
    "hold_rules",
    "sourcing",
    "splits",
    "fills_greedily",
    "mails_delivery",
    "mails_delivery_problems",
    "parcels_silent_after_days",
    "return_days",
    "return_expires_days",
    "return_fee",
    "return_shipping",
    "returns_by_storefront",
    "exchanges_goods_first",
)
_COLUMNS: Final = f"code, currency, {', '.join(_CHANGEABLE)}"
_ADD = text(f"""
INSERT INTO market ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_record(NULL::market, CAST(:row AS jsonb))
ON CONFLICT (code) DO NOTHING RETURNING id
""")  # noqa: S608 - our own names only
_ONE = text(f"SELECT {_COLUMNS} FROM market WHERE code = :code")  # noqa: S608 - our own names only
_ALL = text(f"SELECT {_COLUMNS} FROM market WHERE code > :after ORDER BY code LIMIT :limit")  # noqa: S608 - our own names only
_CHANGE = text(f"""
UPDATE market AS m SET {", ".join(f"{name} = v.{name}" for name in _CHANGEABLE)}
  FROM (SELECT n.* FROM market o, jsonb_populate_record(o, CAST(:changes AS jsonb)) AS n WHERE o.code = :code FOR UPDATE OF o)
       AS v WHERE m.code = :code RETURNING m.id
""")  # noqa: S608 - our own names only
_TURNS = text("SELECT id, capture_order, refund_order FROM market WHERE id = ANY (CAST(:ids AS bigint[]))")
_NO_WAREHOUSES = text("""
SELECT code FROM unnest(CAST(:codes AS text[])) AS k(code) EXCEPT SELECT code FROM warehouse ORDER BY code
""")
_METHODS = text("SELECT code, payment_methods FROM market WHERE id = :id")


def add_market(session: Session, market: NewMarket) -> bool:
    """
    Add a market; give False where it is there already, just like this.

    Raises Conflict where its code is taken by a market that differs, Invalid where its rules name no warehouse of ours.
    """
    expect_warehouses(session, market.sourcing)
    row = _row(asdict(market) | {"hold_rules": market.hold_rules})
    if session.execute(_ADD, {"row": json.dumps(row)}).one_or_none() is not None:
        return True
    if dict(find_market(session, market.code)) != row:
        raise Conflict(
            f"market {market.code} is there, and differs",
            code="market_differs",
            remedy=f"choose another code, or change it: PATCH /v1/markets/{market.code}",
        )
    return False


def change_market(session: Session, code: str, changes: Mapping[str, Any]) -> None:
    """
    Change what a market says, by the names of NewMarket; code and currency stay. Orders that are placed keep their holds.

    Raises NotFound, or Invalid where its rules name no warehouse of ours.
    """
    expect_warehouses(session, changes.get("sourcing", ()))
    if session.execute(_CHANGE, {"code": code, "changes": json.dumps(_row(changes))}).one_or_none() is None:
        raise NotFound(f"no market {code}", remedy="add it: POST /v1/markets")


def expect_warehouses(session: Session, sourcing: Sequence[Mapping[str, Any]]) -> None:
    """Go on where every warehouse that rules of sourcing name is there. Raises Invalid."""
    named = sorted({code for rule in sourcing for code in rule.get("warehouses") or ()})
    if missing := list(session.execute(_NO_WAREHOUSES, {"codes": named}).scalars()) if named else []:
        raise Invalid(
            f"no warehouse {', '.join(missing)}",
            code="unknown_warehouse",
            remedy="name warehouses that are there: GET /v1/warehouses",
            members={"warehouses": missing},
        )


def find_market(session: Session, code: str) -> RowMapping:
    """Give a market. Raises NotFound."""
    found = session.execute(_ONE, {"code": code}).mappings().one_or_none()
    if found is None:
        raise NotFound(f"no market {code}", remedy="add it: POST /v1/markets")
    return found


def currency_of(session: Session, code: str) -> str | None:
    """Give the currency of a market, or None where there is no such market."""
    row = session.execute(_ONE, {"code": code}).one_or_none()
    return None if row is None else str(row.currency)


def expect_payment_method(session: Session, market_id: int, method: str) -> None:
    """Go on where payments of a market are made by this method (PY1). Raises Invalid."""
    market = session.execute(_METHODS, {"id": market_id}).one()
    if method not in market.payment_methods:
        raise no_such_payment_method(market.code, method, market.payment_methods)


@dataclass(frozen=True, slots=True)
class Turns:
    """In which order the payments of an order in a market are taken from, and give back (PY6)."""

    capture: Turn = Turn.OLDEST_FIRST
    refund: Turn = Turn.NEWEST_FIRST


def payment_turns(session: Session, market_ids: Iterable[int]) -> dict[int, Turns]:
    """Give the turns of markets, by id."""
    found = session.execute(_TURNS, {"ids": sorted(set(market_ids))}).all()
    return {row.id: Turns(Turn(row.capture_order), Turn(row.refund_order)) for row in found}


def no_such_payment_method(market: str, method: str, methods: Sequence[str]) -> Invalid:
    """Say that no payment of a market is made by this method, and by which ones."""
    return Invalid(
        f"market {market} takes no payment by {method}",
        code="payment_method_unavailable",
        guard="payment_method_available",
        remedy=f"choose one of: {', '.join(methods)}" if methods else f"allow some: PATCH /v1/markets/{market}",
        members={"payment_methods": list(methods)},
    )


def list_markets(session: Session, *, after: str = "", limit: int = 50) -> Sequence[RowMapping]:
    """List markets by code; `after` is the last one seen."""
    return session.execute(_ALL, {"after": after, "limit": limit}).mappings().all()


def _row(columns: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(columns)
    if "hold_rules" in row:
        row["hold_rules"] = documents_of(row["hold_rules"])
    if "payment_methods" in row:
        row["payment_methods"] = list(row["payment_methods"])
    if "sourcing" in row:
        row["sourcing"] = [dict(rule) for rule in row["sourcing"]]
    return row
