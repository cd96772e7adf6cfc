"""
Where something about a person is held, table by table: what is given out, and what becomes of it when they are to be forgotten.

One list for both, so that nothing is erased that was never shown, nor the other way round. A test holds it against the schema:
a new column of text must be placed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ERASED: Final = "erased"
"""Stands where something must stand."""

_NOTHING: Final = "NULL"
_SAID: Final = f"'{ERASED}'"
_NOWHERE: Final = (
    "jsonb_build_object('name', '{erased}', 'line1', '{erased}', 'city', '{erased}', 'country', {column} ->> 'country')"
)


@dataclass(frozen=True, slots=True)
class Held:
    """
    One table. `of` tells the rows that are about the person, whose orders are `:orders`.

    `blanks` says what each column becomes; without any the rows are deleted. `hides` are columns that are nobody's to see,
    though they are the person's: what lets somebody else act. A row that is blank already is not written.
    """

    table: str
    of: str = "t.order_id = ANY (CAST(:orders AS bigint[]))"
    order: str | None = "t.order_id"
    blanks: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    hides: tuple[str, ...] = ()

    @property
    def is_full(self) -> str:
        """Write the condition under which something is left to erase."""
        return " OR ".join(f"t.{name} IS DISTINCT FROM {value}" for name, value in self.blanks.items())


def _blanked(column: str, value: str) -> str:
    """Leave nothing where there is nothing: a null says that nobody ever said something."""
    return f"CASE WHEN t.{column} IS NULL THEN NULL ELSE {value} END"


def _nowhere(column: str) -> str:
    """An address of which the country alone is left: taxes were due there."""
    return _blanked(column, _NOWHERE.format(erased=ERASED, column=f"t.{column}"))


_OUR_WORD: Final = "coalesce(t.reason ~ '^[a-z_]+$', true)"
"""Whether a reason is one of a list, by which the books tell refunds apart; what somebody wrote may name anybody."""

_OF_RETURNS: Final = (
    "t.return_id IN (SELECT r.id FROM return_order r WHERE r.order_id = ANY (CAST(:orders AS bigint[])))"
)
_OF_THEIR_LINES: Final = (
    "t.return_line_id IN (SELECT l.id FROM return_line l JOIN return_order r ON r.id = l.return_id"
    " WHERE r.order_id = ANY (CAST(:orders AS bigint[])))"
)
_OF_DELIVERIES: Final = (
    "t.delivery_id IN (SELECT w.id FROM webhook_delivery w WHERE w.order_id = ANY (CAST(:orders AS bigint[])))"
)

HELD: Final = (
    Held("customer", "t.id = :customer", None, {"name": _SAID, "email": _NOTHING}, hides=("trigrams",)),
    Held("customer_address", "t.customer_id = :customer", None, deleted=True),
    Held(
        "cart",
        "t.order_id = ANY (CAST(:orders AS bigint[])) OR t.customer_id = :customer"
        " OR t.customer_id IS NULL AND lower(t.customer_email) = lower(:email)",
        "t.order_id",
        deleted=True,
    ),
    Held(
        "purchase_order",
        "t.id = ANY (CAST(:orders AS bigint[]))",
        "t.id",
        {
            "customer_name": _NOTHING,
            "customer_email": _NOTHING,
            "reference": _NOTHING,
            "cancel_reason": _blanked("cancel_reason", _SAID),
        },
    ),
    Held("order_form", blanks=dict.fromkeys(("name", "contact", "bill_to", "reference"), _NOTHING)),
    Held("shipment", blanks={"ship_to": _nowhere("ship_to")}),
    Held("line_item", blanks={"gift_message": _NOTHING, "options": _NOTHING}),
    Held("order_note", deleted=True),
    Held("hold", blanks={"note": _NOTHING}),
    Held(
        "payment",
        blanks={"token": _NOTHING, "reference": "CASE WHEN t.method = 'manual' THEN NULL ELSE t.reference END"},
        hides=("token",),
    ),
    Held(
        "payment_attempt",
        blanks={"message": _NOTHING, "reason": f"CASE WHEN {_OUR_WORD} THEN t.reason ELSE {_SAID} END"},
        hides=("key",),
    ),
    Held(
        "payment_action",
        blanks={"client_secret": _NOTHING, "url": _NOTHING},
        hides=("client_secret", "url"),
    ),
    Held("chargeback", blanks={"note": _NOTHING}),
    Held("return_order", blanks={"note": _NOTHING}),
    Held(
        "return_movement",
        _OF_THEIR_LINES,
        None,
        {"note": _NOTHING},
    ),
    Held("return_scan", _OF_RETURNS, None, deleted=True),
    Held("label", blanks={"ship_to": _nowhere("ship_to"), "message": _NOTHING}, hides=("key",)),
    Held("label_document", deleted=True, hides=("content",)),
    Held("tracking_event", blanks={"description": _NOTHING, "location": _NOTHING}),
    Held("parcel_problem", blanks={"note": _NOTHING}),
    Held(
        "subscription",
        "t.repeats_order_id = ANY (CAST(:orders AS bigint[]))",
        "t.repeats_order_id",
        {"token": _NOTHING},
        hides=("token",),
    ),
    # How something was found may be told in the words of an order; what is open is found again.
    Held("drift_item", blanks={"facts": "'{}'::jsonb", "after": _NOTHING, "refusal": _NOTHING}),
    # What was told by webhooks names an order and no person; what was answered may say anything.
    Held("webhook_attempt", _OF_DELIVERIES, None, {"said": "''"}),
    Held("promotion_use", blanks={"customer_email": _NOTHING}),
)
"""What is written anew by its own rule is not among them: the words orders are found by, and what was told to be remembered."""
