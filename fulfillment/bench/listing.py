"""
The listing bench: how long a page of orders takes over HTTP, by each filter, with few orders in the tables and with many.

Both databases lie on one server and are asked in the same run, one request after the other. Each request asks for something
else: another customer, product, month.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import text

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.bench.figures import quantile
from fulfillment.bench.history.sample import take_sample
from fulfillment.bench.history.shop import MARKETS, STOREFRONTS
from fulfillment.bench.history.write import History, write_history
from fulfillment.bench.server import measured_server, running
from fulfillment.client.connection import Connection
from fulfillment.db.migrate import upgrade
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.kernel.say import Say
from fulfillment.runtime import databases, home
from fulfillment.runtime.up import Shape
from fulfillment.settings import Settings

_DATABASE: Final = "fulfillment_listing_{}"
_SAMPLES: Final = 200
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPlan:
    """How many orders, beside how many, and how often each filter is asked. `sample` is that of the histories."""

    orders: int = 1_000_000
    beside: int = 10_000
    requests: int = 60
    warm_up: int = 3  # requests of each filter that are not counted: what comes from the disk for the first time
    sample: int = 200


@dataclass(slots=True)
class ListingFigures:
    """Milliseconds of an answer, by filter, at both sizes; and how many orders the first page of each held."""

    orders: int
    beside: int
    many: dict[str, list[float]] = field(default_factory=dict)
    few: dict[str, list[float]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    load_seconds: float = 0

    def as_object(self) -> dict[str, Any]:
        """
        The figures under their plain names: `p95_ms` is that of the slowest filter, `ratio` that by the slowest at few orders.

        `most_growth` is that of the filter whose own p95 grows most.
        """
        filters = {
            name: {
                "p50_ms": round(quantile(waits, 0.5), 2),
                "p95_ms": round(quantile(waits, 0.95), 2),
                "beside_p95_ms": round(quantile(self.few[name], 0.95), 2),
                "ratio": round(quantile(waits, 0.95) / quantile(self.few[name], 0.95), 2),
                "found": self.found[name],
            }
            for name, waits in self.many.items()
        }
        slowest = max(filters, key=lambda name: filters[name]["p95_ms"])
        few = max(each["beside_p95_ms"] for each in filters.values())
        grows_most = max(filters, key=lambda name: filters[name]["ratio"])
        return {
            "orders": self.orders,
            "p95_ms": filters[slowest]["p95_ms"],
            "ratio": round(filters[slowest]["p95_ms"] / few, 2),
            "slowest": slowest,
            "most_growth": filters[grows_most]["ratio"],
            "grows_most": grows_most,
            "beside_orders": self.beside,
            "beside_p95_ms": few,
            "load_seconds": round(self.load_seconds, 1),
            "filters": filters,
        }


def run_listing(settings: Settings, plan: ListingPlan, say: Say) -> ListingFigures:
    """Load both databases and measure. Raises CannotStart where the server cannot."""
    figures = ListingFigures(plan.orders, plan.beside)
    with home.temporary() as folder, measured_server(settings, folder) as server:
        sample = take_sample(server.url, folder, orders=plan.sample)
        for orders, waits in ((plan.beside, figures.few), (plan.orders, figures.many)):
            name = _DATABASE.format(orders)
            databases.drop(server.url, name)
            url = databases.create(server.url, name)
            try:
                upgrade(url)
                written = write_history(url, folder, History(orders=orders), say, sample)
                figures.load_seconds = written.seconds
                measure_lists(settings, url, folder / name, plan, waits, figures.found, say)
            finally:
                databases.drop(server.url, name)
    return figures


def measure_lists(
    settings: Settings,
    url: str,
    folder: Path,
    plan: ListingPlan,
    waits: dict[str, list[float]],
    found: dict[str, int],
    say: Say,
) -> None:
    """Ask for every list on a database with a history, so often; note how long each answer took, in ms, the quickest first."""
    facts = _facts(url)
    with running(settings, url, folder, Shape(relays=0, workers=0, beats=0)) as system:
        for name, wanted in FILTERS.items():
            say(f"lists: {name}")
            key = facts.storefront_key if name.startswith("storefront") else facts.admin_key
            with Connection(system.web_url, key) as api:
                waits[name] = _asked(api, wanted, facts, plan, found, name)


def _asked(
    api: Connection, wanted: Wanted, facts: Facts, plan: ListingPlan, found: dict[str, int], name: str
) -> list[float]:
    chance, took = random.Random(1), []
    for n in range(plan.warm_up + plan.requests):
        path = "/v1/orders?" + urlencode(wanted(facts, chance), doseq=True)
        began = time.perf_counter()
        answer = api.get(path)
        took.append(1000 * (time.perf_counter() - began))
        page = answer.expect(_OK)
        if n == 0:
            found[name] = len(page["orders"])
    return sorted(took[plan.warm_up :])


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to be asked for, and by whom."""

    admin_key: str
    storefront_key: str
    orders: Sequence[Mapping[str, Any]]
    """Some, of all times: number, customer, e-mail address, an SKU and when it was placed."""


_SOME: Final = text("""
SELECT o.number, o.customer_name, o.customer_email, o.placed_at, split_part(s.items, E'\\n', 1) AS sku
  FROM purchase_order o JOIN order_search s ON s.order_id = o.id
 WHERE o.id = ANY (CAST(:ids AS bigint[]))
""")
_EVERY: Final = text("""
SELECT id FROM (SELECT id, row_number() OVER (ORDER BY placed_at, id) AS n FROM purchase_order) o
 WHERE n % (SELECT greatest(1, count(*) / :samples) FROM purchase_order) = 0
""")


def _facts(url: str) -> Facts:
    engine = make_engine(url, pool_size=1, hot=True, application_name="bench", statement_timeout=0)
    with transaction(make_sessions(engine)) as session:
        at = datetime.now(UTC)
        admin = create_key(session, role=Role.ADMIN, name="lists", at=at)
        storefront = create_key(session, role=Role.STOREFRONT, name="lists", at=at, storefront=STOREFRONTS[1])
        ids = session.execute(_EVERY, {"samples": _SAMPLES}).scalars().all()
        orders = [dict(row) for row in session.execute(_SOME, {"ids": ids}).mappings()]
        facts = Facts(admin, storefront, orders)
    engine.dispose()
    return facts


Wanted = Callable[[Facts, random.Random], Mapping[str, Any]]


def _any(facts: Facts, chance: random.Random, name: str) -> Any:
    return chance.choice(facts.orders)[name]


def _month(facts: Facts, chance: random.Random) -> dict[str, str]:
    day = _any(facts, chance, "placed_at").date()
    return {"created_from": f"{day.replace(day=1)}", "created_to": f"{day.replace(day=28)}"}


def _last_name(facts: Facts, chance: random.Random) -> str:
    return str(_any(facts, chance, "customer_name")).split()[-1]


def _market(_: Facts, chance: random.Random) -> str:
    return chance.choice(list(MARKETS))


def _status(status: str) -> Wanted:
    return lambda _facts, _chance: {"status": status}


_ENDED: Final = ("completed", "canceled")
_WORDS: Final = ("lantern", "mug", "blanket", "Vintage", "gift box")

FILTERS: Final[Mapping[str, Wanted]] = {
    "first page": lambda _facts, _chance: {},
    "first page of 200": lambda _facts, _chance: {"limit": 200},
    **{
        f"status {status}": _status(status)
        for status in ("open", "draft", "in_progress", "on_hold", "partially_shipped", "completed", "canceled")
    },
    "market": lambda facts, chance: {"market": _market(facts, chance)},
    "two markets": lambda _facts, chance: {"market": chance.sample(list(MARKETS), 2)},
    "created in a month": _month,
    "created in the last 7 days": lambda _facts, _chance: {"created": "last_7_days"},
    "created until": lambda facts, chance: {"created_to": f"{_any(facts, chance, 'placed_at').date()}"},
    "email": lambda facts, chance: {"email": _any(facts, chance, "customer_email")},
    "number": lambda facts, chance: {"number": _any(facts, chance, "number")},
    "end of a number": lambda facts, chance: {"number": "%" + _any(facts, chance, "number")[-4:]},
    "name": lambda facts, chance: {"name": _any(facts, chance, "customer_name")},
    "customer's name": lambda facts, chance: {"customer_name": _any(facts, chance, "customer_name")},
    "customer's last name": lambda facts, chance: {"customer_name": _last_name(facts, chance)},
    "a rare name": lambda _facts, _chance: {"customer_name": "featherstone%"},
    "q: number": lambda facts, chance: {"q": _any(facts, chance, "number")},
    "q: SKU": lambda facts, chance: {"q": _any(facts, chance, "sku")},
    "q: word of an item": lambda _facts, chance: {"q": chance.choice(_WORDS)},
    "q: customer": lambda facts, chance: {"q": _any(facts, chance, "customer_name")},
    "q: email": lambda facts, chance: {"q": _any(facts, chance, "customer_email")},
    "q: nothing": lambda _facts, chance: {"q": f"xylo{chance.randrange(1000)}phone"},
    "archived": lambda _facts, _chance: {"archived": "true"},
    "market, status": lambda facts, chance: {"market": _market(facts, chance), "status": chance.choice(_ENDED)},
    "market, month": lambda facts, chance: {"market": _market(facts, chance), **_month(facts, chance)},
    "status, month": lambda facts, chance: {"status": chance.choice(_ENDED), **_month(facts, chance)},
    "market, status, month": lambda facts, chance: {
        "market": _market(facts, chance),
        "status": "canceled",
        **_month(facts, chance),
    },
    "email, status": lambda facts, chance: {"email": _any(facts, chance, "customer_email"), "status": "open"},
    "last name, status": lambda facts, chance: {"customer_name": _last_name(facts, chance), "status": "canceled"},
    "last name, open": lambda facts, chance: {"customer_name": _last_name(facts, chance), "status": "open"},
    "last name, market": lambda facts, chance: {
        "customer_name": _last_name(facts, chance),
        "market": _market(facts, chance),
    },
    "last name, month": lambda facts, chance: {"customer_name": _last_name(facts, chance), **_month(facts, chance)},
    "q: SKU, status": lambda facts, chance: {"q": _any(facts, chance, "sku"), "status": "completed"},
    "q: SKU, month": lambda facts, chance: {"q": _any(facts, chance, "sku"), **_month(facts, chance)},
    "q: word, market": lambda facts, chance: {"q": chance.choice(_WORDS), "market": _market(facts, chance)},
    "q: word, last name": lambda facts, chance: {
        "q": chance.choice(_WORDS),
        "customer_name": _last_name(facts, chance),
    },
    "storefront's own": lambda _facts, _chance: {},
    "storefront's own, status": lambda _facts, chance: {"status": chance.choice(_ENDED)},
    "storefront's own, month": _month,
}
