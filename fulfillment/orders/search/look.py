"""Looking for words on orders: blocks tell which stretches may hold them, and each order there is read. (FI2, FI3)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.kernel.terms import SearchTerm, read_search
from fulfillment.orders.filter import OrderFilter, Place, Scope
from fulfillment.orders.search.blocks import ORDERS_IN_BLOCK
from fulfillment.orders.search.terms import address_key, expression, trigrams

MOST_BLOCKS: Final = 96
"""Blocks that are read for one page, and orders of no block in their stead."""

END: Final = (datetime(9999, 12, 31, tzinfo=UTC), 0)
"""After every order."""

# Where each word is looked for, in lower case; `q` in several places, and as an e-mail address as a whole.
_COLUMNS: Final = {
    "number": ("number",),
    "name": ("name",),
    "customer_name": ("customer_name",),
    "q": ("number", "customer_name", "items"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the list of orders, without both its ends."""

    low: Place
    high: Place

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the ends as parameters of a statement."""
        return {"low_at": self.low[0], "low_id": self.low[1], "high_at": self.high[0], "high_id": self.high[1]}


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for, by filter, and in lower case as the database writes it."""

    terms: dict[str, SearchTerm]

    @property
    def condition(self) -> str:
        """Write what is asked of `order_search AS s`."""
        return " AND ".join(f"({' OR '.join(self._places(name))})" for name in self.terms)

    @property
    def parameters(self) -> dict[str, str]:
        """Give what the condition refers to."""
        return (
            {name: term.pattern for name, term in self.terms.items()}
            | {f"{name}_on_a_line": expression(term) for name, term in self.terms.items()}
            | ({"address": self.terms["q"].text} if "q" in self.terms else {})
        )

    @property
    def keys(self) -> list[list[str]]:
        """Give the sets of keys of which a block has one, or it holds nothing that is looked for."""
        parts = trigrams(piece for name, term in self.terms.items() if name != "q" for piece in term.pieces)
        if (q := self.terms.get("q")) is None:
            return [sorted(parts)] * 2
        return [sorted(parts | trigrams(q.pieces)), sorted(parts | {address_key(q.text)})]

    def _places(self, name: str) -> Iterator[str]:
        for column in _COLUMNS[name]:
            # LIKE is many times quicker than an expression, and says the same of a single piece; more must lie on one line.
            within = f"lower(s.{column}) LIKE :{name}"
            yield f"{within} AND lower(s.{column}) ~ :{name}_on_a_line" if len(self.terms[name].pieces) > 1 else within
        if name == "q":
            yield "lower(s.customer_email) = :address"


def words_of(session: Session, wanted: OrderFilter) -> Words:
    """Read the words of a filter. Raises Invalid where one is too short to be looked for."""
    asked = {name: said for name in _COLUMNS if (said := getattr(wanted, name)) is not None}
    found = {name: read_search(name, said) for name, said in asked.items()}
    if not found:
        return Words({})
    # In lower case as the database has it: what is compared must be made by one and the same.
    lowered = session.execute(_LOWERED, {"words": [term.text for term in found.values()]}).scalars()
    return Words({name: SearchTerm(word) for name, word in zip(found, lowered, strict=True)})


def those_with(session: Session, words: Words, places: Sequence[Place]) -> list[Place]:
    """Give those of some orders that have the words on them, in the same order."""
    parameters = {**words.parameters, "ids": [order_id for _, order_id in places]}
    statement = text(_THOSE.format(words=words.condition))
    there = set(session.execute(statement, parameters).scalars())
    return [place for place in places if place[1] in there]


def look_through(
    session: Session, scope: Scope, words: Words, span: Span, most: int
) -> tuple[list[Place], Place | None]:
    """
    Find up to `most` orders in `span` that have the words on them and are in scope, the latest first.

    Gives from where to go on where so much was read that it stopped; None where it has found `most`, or all there are.
    """
    found: list[Place] = []
    last: Place | None = None
    blocks_read = 0
    for spans, blocks in _batches(session, words, span):
        if blocks_read >= MOST_BLOCKS:
            return found, last
        found += _read(session, scope, words, spans, most - len(found))
        if len(found) >= most:
            return found[:most], None
        blocks_read += blocks
        last = (spans[-1].low[0], spans[-1].low[1] + 1)
    return found, None


def _batches(session: Session, words: Words, span: Span) -> Iterator[tuple[list[Span], int]]:
    """Give stretches to read, the latest first, and how many blocks each batch counts as: first few, then more."""
    edge = session.execute(_EDGE).one_or_none()
    covered = span.low if edge is None else max(span.low, (edge.last_placed_at, edge.last_order_id))
    high = span.high
    while high > (covered[0], covered[1] + 1):  # what no block covers yet
        last = session.execute(_TAIL, {**Span(covered, high).parameters, "size": _TAIL_BLOCKS * ORDERS_IN_BLOCK})
        row = last.one_or_none()
        low = covered if row is None else (row.placed_at, row.order_id - 1)
        yield [Span(low, high)], _TAIL_BLOCKS
        high = covered if row is None else (row.placed_at, row.order_id)
    first, otherwise = words.keys
    parameters = {"first": first, "otherwise": otherwise, **span.parameters, "most": MOST_BLOCKS + 1}
    blocks = [_clipped(row, span) for row in session.execute(_BLOCKS, parameters)]
    given = 0
    while given < len(blocks):
        # A batch ends at the bounds, so that one beyond them tells that there is more.
        batch = blocks[given:][: min(_FIRST_BATCH + given, MOST_BLOCKS - given) or 1]
        yield batch, len(batch)
        given += len(batch)


def _clipped(row: Any, span: Span) -> Span:
    return Span(
        max(span.low, (row.after_placed_at, row.after_order_id)),
        min(span.high, (row.last_placed_at, row.last_order_id + 1)),
    )


def _read(session: Session, scope: Scope, words: Words, spans: Sequence[Span], most: int) -> list[Place]:
    statement = _READ.format(words=words.condition)
    if conditions := scope.conditions:
        # Side by side over the same stretches: what lies beside one another in time lies so in both tables.
        statement += _IN_SCOPE.format(scope=" AND ".join(conditions.values()))
    parameters = {
        **scope.parameters,
        **words.parameters,
        "low_at": [span.low[0] for span in spans],
        "low_id": [span.low[1] for span in spans],
        "high_at": [span.high[0] for span in spans],
        "high_id": [span.high[1] for span in spans],
        "most": most,
    }
    return [(row.placed_at, row.id) for row in session.execute(text(statement + _LATEST_FIRST), parameters)]


_TAIL_BLOCKS: Final = 8
_FIRST_BATCH: Final = 6
_LOWERED = text("SELECT lower(word) FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS w (word, n) ORDER BY n")
_THOSE: Final = "SELECT s.order_id FROM order_search s WHERE s.order_id = ANY (CAST(:ids AS bigint[])) AND {words}"
_EDGE = text("""
SELECT last_placed_at, last_order_id FROM search_block ORDER BY last_placed_at DESC, last_order_id DESC LIMIT 1
""")
_TAIL = text("""
SELECT placed_at, order_id FROM order_search
 WHERE (placed_at, order_id) > (CAST(:low_at AS timestamptz), CAST(:low_id AS bigint))
   AND (placed_at, order_id) < (CAST(:high_at AS timestamptz), CAST(:high_id AS bigint))
 ORDER BY placed_at DESC, order_id DESC OFFSET :size - 1 LIMIT 1
""")
_BLOCKS = text("""
SELECT last_placed_at, last_order_id, after_placed_at, after_order_id
  FROM search_blocks(CAST(:first AS text[]), CAST(:otherwise AS text[]))
 WHERE (last_placed_at, last_order_id) > (CAST(:low_at AS timestamptz), CAST(:low_id AS bigint))
   AND (after_placed_at, after_order_id + 1) < (CAST(:high_at AS timestamptz), CAST(:high_id AS bigint))
 ORDER BY last_placed_at DESC, last_order_id DESC LIMIT :most
""")
_STRETCHES: Final = """unnest(CAST(:low_at AS timestamptz[]), CAST(:low_id AS bigint[]),
              CAST(:high_at AS timestamptz[]), CAST(:high_id AS bigint[])) AS r (low_at, low_id, high_at, high_id)"""
# The words are compared outside of what is read by the index: how rare they are must not change how it is read.
_READ: Final = f"""
SELECT s.placed_at, s.order_id AS id
  FROM {_STRETCHES} CROSS JOIN LATERAL (
       SELECT * FROM order_search s
        WHERE (s.placed_at, s.order_id) > (r.low_at, r.low_id) AND (s.placed_at, s.order_id) < (r.high_at, r.high_id)
        ORDER BY s.placed_at DESC, s.order_id DESC OFFSET 0) s
 WHERE {{words}}
"""  # noqa: S608 - our own names only
# `version` is in no index: else one that begins with the status would be skipped through, once for each status and market.
_IN_SCOPE: Final = f"""
INTERSECT
SELECT o.placed_at, o.id
  FROM {_STRETCHES} CROSS JOIN LATERAL (
       SELECT * FROM purchase_order o
        WHERE (o.placed_at, o.id) > (r.low_at, r.low_id) AND (o.placed_at, o.id) < (r.high_at, r.high_id)
          AND o.version > 0
        ORDER BY o.placed_at DESC, o.id DESC OFFSET 0) o
 WHERE {{scope}}
"""  # noqa: S608 - our own names only
_LATEST_FIRST: Final = " ORDER BY placed_at DESC, id DESC LIMIT :most"
