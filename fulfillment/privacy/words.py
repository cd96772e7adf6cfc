"""
What was told about a person in passing: on timelines, in answers that are kept to be given again, in errors of steps.

Nothing there says which of its words are personal. So what was erased elsewhere is looked for, and whatever stands under a name
under which people write about people.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from fulfillment.privacy.held import ERASED
from fulfillment.privacy.person import Person

_SHORTEST: Final = 4
"""Characters of a word that is looked for: what is shorter stands by chance in too many places."""
_SHORTEST_TEXT: Final = 8
"""The same of what somebody wrote freely, which is of several words."""
_NOT_ONLY_THEIRS: Final = frozenset({"country", "region", "city"})
"""Parts of an address that are not looked for elsewhere: others live there."""
_OUR_WORD: Final = re.compile("[a-z_]+")
_REFERENCE: Final = "reference"
"""Theirs, or a gateway's: taken out where it is known to be theirs."""
_PERSONAL: Final = frozenset(
    (
        *(
            "address",
            "bill_to",
            "city",
            "company",
            "contact",
            "customer",
            "customer_email",
            "customer_name",
            "description",
        ),
        *("email", "first_name", "gift_message", "last_name", "line1", "line2", "message", "name", "note", "options"),
        *("phone", "postal_code", "said", "ship_to", "text"),
    )
)
_KNOWN_BY = text("""
SELECT jsonb_build_object('name', c.name, 'email', c.email) AS written FROM customer c WHERE c.id = :customer
UNION ALL SELECT a.address FROM customer_address a WHERE a.customer_id = :customer
UNION ALL SELECT jsonb_build_object('customer_name', customer_name, 'customer_email', customer_email, 'reference', reference)
  FROM purchase_order WHERE id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT jsonb_build_array(name, contact, bill_to, reference) FROM order_form WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT ship_to FROM shipment WHERE order_id = ANY (CAST(:orders AS bigint[]))
""")
_WRITTEN_FREELY = text("""
SELECT description AS written FROM order_note WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT note FROM hold WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT note FROM chargeback WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT note FROM parcel_problem WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT note FROM return_order WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT m.note FROM return_movement m JOIN return_line l ON l.id = m.return_line_id
            JOIN return_order r ON r.id = l.return_id WHERE r.order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT gift_message FROM line_item WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT reason FROM payment_attempt WHERE order_id = ANY (CAST(:orders AS bigint[]))
UNION ALL SELECT cancel_reason FROM purchase_order WHERE id = ANY (CAST(:orders AS bigint[]))
""")
_TIMELINE = text("""
SELECT t.id, t.order_id, t.detail FROM timeline t
 WHERE t.order_id = ANY (CAST(:orders AS bigint[])) AND t.detail IS NOT NULL
""")
_TELL_LESS = text("UPDATE timeline SET detail = CAST(:detail AS jsonb) WHERE order_id = :order_id AND id = :id")
_ERRORS = text("""
UPDATE dispatch SET last_error = :erased
 WHERE order_id = ANY (CAST(:orders AS bigint[])) AND last_error IS DISTINCT FROM :erased AND last_error IS NOT NULL
RETURNING order_id
""")
_ANSWERS = text("""
SELECT client_id, route, key, body FROM idempotency_key
 WHERE EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w (word) WHERE position(w.word IN lower(body::text)) > 0)
   FOR UPDATE
""")
_ANSWER_LESS = text("""
UPDATE idempotency_key SET body = CAST(:body AS jsonb) WHERE client_id = :client_id AND route = :route AND key = :key
""")


def words_of(session: Session, person: Person) -> list[str]:
    """Give what a person is known by, and what was written about them, in lower case, before it is erased."""
    found = {person.email or ""}
    for written in session.execute(_KNOWN_BY, person.parameters).scalars():
        found.update(word for word in _leaves(written) if len(word) >= _SHORTEST)
    freely = [*session.execute(_WRITTEN_FREELY, person.parameters).scalars()]
    freely += [word for row in session.execute(_TIMELINE, person.parameters) for word in _personal_leaves(row.detail)]
    found.update(word for word in freely if word is not None and len(word) >= _SHORTEST_TEXT and " " in word)
    return sorted({word.lower() for word in found if word not in ("", ERASED)})


def blank_told(session: Session, person: Person, words: Sequence[str], rows: Counter[str]) -> set[int]:
    """Blank what was told in passing, count it by table, and give the orders it was told of."""
    touched: set[int] = set()
    for row in session.execute(_TIMELINE, person.parameters).all():
        if (blank := without(row.detail, words, by_name=True)) != row.detail:
            session.execute(_TELL_LESS, {"id": row.id, "order_id": row.order_id, "detail": json.dumps(blank)})
            rows["timeline"] += 1
            touched.add(row.order_id)
    for order_id in session.execute(_ERRORS, {**person.parameters, "erased": ERASED}).scalars():
        rows["dispatch"] += 1
        touched.add(order_id)
    if answers := _blank_answers(session, person, words):
        rows["idempotency_key"] += answers
    return touched


def _blank_answers(session: Session, person: Person, words: Sequence[str]) -> int:
    """A command stays done, and its answer stays an answer: the person alone is gone from it."""
    written = [json.dumps(word, ensure_ascii=False)[1:-1] for word in words]
    theirs = set(person.orders.values())
    blanked = 0
    for row in session.execute(_ANSWERS, {"words": written}).all():
        blank = without(row.body, words, by_name=row.body.get("number") in theirs)
        if blank != row.body:
            told = {"client_id": row.client_id, "route": row.route, "key": row.key, "body": json.dumps(blank)}
            session.execute(_ANSWER_LESS, told)
            blanked += 1
    return blanked


def without(told: Any, words: Sequence[str], *, by_name: bool) -> Any:
    """
    Give what was told without what holds one of the words (in lower case).

    `by_name` says that it was told of the person: that also takes out what stands under a name under which people write about
    people. Elsewhere a word alone may be anybody's, or a part of a date: it is taken out where people are named, and
    nothing else stands there.
    """
    return _blank(told, _Sought.of(words, theirs=by_name), named=False, by_name=by_name)


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: `anywhere` in a text, and `alone`, as all that stands under a name about people."""

    anywhere: re.Pattern[str] | None
    alone: frozenset[str]

    @classmethod
    def of(cls, words: Sequence[str], *, theirs: bool) -> _Sought:
        """Part the words; where it was told of the person (`theirs`), one word is looked for between others as well."""
        anywhere = [re.escape(word) for word in words if " " in word or "@" in word]
        if theirs:
            single = [word for word in words if not word.isdecimal()]  # a postal code may be a year
            anywhere += [rf"(?<!\w){re.escape(word)}(?!\w)" for word in single]
        return cls(re.compile("|".join(anywhere), re.IGNORECASE) if anywhere else None, frozenset(words))

    def is_in(self, told: str, *, named: bool) -> bool:
        """Tell whether one of the words is in a text; what is `named` stands under a name about people."""
        if named and told.strip().lower() in self.alone:
            return True
        return not _OUR_WORD.fullmatch(told) and self.anywhere is not None and bool(self.anywhere.search(told))


def _blank(told: Any, sought: _Sought, *, named: bool, by_name: bool, personal: bool = False) -> Any:
    if isinstance(told, dict):
        blank = {}
        for name, value in told.items():
            about = _is_personal(name, value, within=personal)
            blank[name] = _blank(value, sought, named=about or name == _REFERENCE, by_name=by_name, personal=about)
        return blank
    if isinstance(told, list):
        return [_blank(each, sought, named=named, by_name=by_name, personal=personal) for each in told]
    if isinstance(told, str) and told != "":
        return ERASED if (by_name and personal) or sought.is_in(told, named=named) else told
    return told


def _is_personal(name: str, value: Any, *, within: bool) -> bool:
    if name == "reason":  # one of a list, or what somebody wrote
        return isinstance(value, str) and _OUR_WORD.fullmatch(value) is None
    return (within and name != "country") or name in _PERSONAL


def _personal_leaves(told: Any) -> Iterator[str]:
    """Give what would be taken out by the names it stands under: a note as it was before somebody changed it."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from (_leaves if _is_personal(name, value, within=False) else _personal_leaves)(value)
    elif isinstance(told, list):
        for each in told:
            yield from _personal_leaves(each)


def _leaves(written: Any) -> Iterator[str]:
    if isinstance(written, dict):
        for name, value in written.items():
            if name not in _NOT_ONLY_THEIRS:
                yield from _leaves(value)
    elif isinstance(written, list):
        for each in written:
            yield from _leaves(each)
    elif isinstance(written, str):
        yield written.strip()
