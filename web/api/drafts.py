"""Orders that customer service enters: drafts, changed until they are placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.drafts.edit import (
    add_draft_lines,
    change_draft,
    change_draft_line,
    put_draft_destination,
    put_draft_form,
    remove_draft_destination,
    remove_draft_form,
    remove_draft_line,
)
from fulfillment.drafts.enter import enter
from fulfillment.drafts.place import place_draft
from fulfillment.drafts.read import review
from fulfillment.drafts.reorder import reorder
from fulfillment.orders.queries import read_orders
from fulfillment.orders.read import find_order
from fulfillment.payments.read import authorization_is_open
from web.access import ADMIN, CSR
from web.api.checkouts import answer_to
from web.api.orders import shown_order
from web.api.shown_draft import shown_draft
from web.call import Call, Reply
from web.currencies import one_currency
from web.preconditions import etag
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import Money
from web.schemas.checkouts import CheckoutOut, PaidIn
from web.schemas.drafts import (
    DraftChangeIn,
    DraftDestinationIn,
    DraftFormIn,
    DraftLineChangeIn,
    DraftLinesIn,
    NewDraftIn,
    ReorderIn,
)
from web.schemas.orders import OrderOut
from web.schemas.reviews import DraftOut

noun = Noun("drafts", "Orders that customer service enters: changed and reviewed until they are placed.")

_ORDER = "/v1/orders/<name:number>"


@noun.commands("/v1/orders", roles=(CSR, ADMIN), body=NewDraftIn, answer=DraftOut, status=201, most_bytes=LARGE_BODY)
def create_draft(session: Session, call: Call, body: NewDraftIn) -> Reply:
    """
    Begin an order for a known customer, or for a new contact, who must have an address.

    It is a draft, in the lists with its number, until it is placed; `obstacles` say what is missing.
    """
    _one_currency(call, body.market, body.moneys())
    order_id = enter(
        session,
        body.as_checkout(),
        customer_id=body.customer_id,
        contact=body.new_contact(),
        add_to_address_book=body.add_to_address_book,
        cause=call.cause,
        at=call.at,
    )
    return _begun(session, call, order_id)


@noun.reads(f"{_ORDER}/review", roles=(CSR, ADMIN), answer=DraftOut, refuses=True)
def show_review(session: Session, call: Call, number: str) -> Reply:
    """Review a draft: contact, addresses, lines, promotions, tax, shipping, total, and what stands in the way of placing."""
    return _reviewed(session, call, number)


@noun.changes("PATCH", f"{_ORDER}/draft", roles=(CSR, ADMIN), body=DraftChangeIn, answer=DraftOut)
def patch_draft(session: Session, call: Call, body: DraftChangeIn, number: str) -> Reply:
    """Change a draft as a whole: its customer, where it goes and how, discount, codes, reference, priority."""
    order = find_order(session, number)
    _one_currency(call, order["market"], [body.discount])
    change_draft(session, order["id"], body.as_change(), cause=call.cause, at=call.at)
    return _reviewed(session, call, number)


@noun.commands(
    f"{_ORDER}/lines", roles=(CSR, ADMIN), body=DraftLinesIn, answer=DraftOut, status=201, most_bytes=LARGE_BODY
)
def create_lines(session: Session, call: Call, body: DraftLinesIn, number: str) -> Reply:
    """Add lines to a draft, at the catalog's price or at another: who set that is kept."""
    order = find_order(session, number)
    _one_currency(call, order["market"], (amount for line in body.lines for amount in line.moneys()))
    lines = [line.as_line() for line in body.lines]
    add_draft_lines(session, order["id"], lines, cause=call.cause, at=call.at)
    return _reviewed(session, call, number, 201)


@noun.changes("PATCH", f"{_ORDER}/lines/<id:position>", roles=(CSR, ADMIN), body=DraftLineChangeIn, answer=DraftOut)
def patch_line(session: Session, call: Call, body: DraftLineChangeIn, number: str, position: int) -> Reply:
    """Change a line of a draft: quantity, price, options, gift, where it goes."""
    order = find_order(session, number)
    _one_currency(call, order["market"], body.moneys())
    change_draft_line(session, order["id"], position, body.as_change(), cause=call.cause, at=call.at)
    return _reviewed(session, call, number)


@noun.changes("DELETE", f"{_ORDER}/lines/<id:position>", roles=(CSR, ADMIN), answer=DraftOut)
def delete_line(session: Session, call: Call, number: str, position: int) -> Reply:
    """Remove a line from a draft."""
    order = find_order(session, number)
    remove_draft_line(session, order["id"], position, cause=call.cause, at=call.at)
    return _reviewed(session, call, number)


@noun.changes("PUT", f"{_ORDER}/destinations/<name:key>", roles=(CSR, ADMIN), body=DraftDestinationIn, answer=DraftOut)
def put_destination(session: Session, call: Call, body: DraftDestinationIn, number: str, key: str) -> Reply:
    """Add an address to a draft, or set it; several are possible where several items need shipping."""
    put_draft_destination(
        session,
        find_order(session, number)["id"],
        body.as_destination(key),
        add_to_address_book=body.add_to_address_book,
        cause=call.cause,
        at=call.at,
    )
    return _reviewed(session, call, number)


@noun.changes("DELETE", f"{_ORDER}/destinations/<name:key>", roles=(CSR, ADMIN), answer=DraftOut)
def delete_destination(session: Session, call: Call, number: str, key: str) -> Reply:
    """Remove an address from a draft that no line goes to."""
    remove_draft_destination(session, find_order(session, number)["id"], key, cause=call.cause, at=call.at)
    return _reviewed(session, call, number)


@noun.changes("PUT", f"{_ORDER}/forms/<name:key>", roles=(CSR, ADMIN), body=DraftFormIn, answer=DraftOut)
def put_form(session: Session, call: Call, body: DraftFormIn, number: str, key: str) -> Reply:
    """Add a section to a draft, or set it."""
    order = find_order(session, number)
    _one_currency(call, order["market"], [body.discount])
    put_draft_form(session, order["id"], body.as_form(key), cause=call.cause, at=call.at)
    return _reviewed(session, call, number)


@noun.changes("DELETE", f"{_ORDER}/forms/<name:key>", roles=(CSR, ADMIN), answer=DraftOut)
def delete_form(session: Session, call: Call, number: str, key: str) -> Reply:
    """Remove a section from a draft that no line belongs to."""
    remove_draft_form(session, find_order(session, number)["id"], key, cause=call.cause, at=call.at)
    return _reviewed(session, call, number)


@noun.commands(f"{_ORDER}/reorder", roles=(CSR, ADMIN), body=ReorderIn, answer=DraftOut, status=201)
def create_reorder(session: Session, call: Call, body: ReorderIn, number: str) -> Reply:  # noqa: ARG001 - nothing is asked
    """
    Repeat an order as a draft: the same addresses, methods and lines at today's prices, whatever became of the order.

    `notices` name each item that is gone and left out, each price that is another, each method that is not offered now.
    """
    order_id, _ = reorder(session, number, cause=call.cause, at=call.at)
    return _begun(session, call, order_id)


def _follow(session: Session, call: Call, body: Mapping[str, Any]) -> Reply | None:
    """A placement's outcome is that its authorization is decided."""
    return None if authorization_is_open(session, body["number"]) else shown_order(session, call, body["number"])


@noun.commands(
    f"{_ORDER}/placement",
    roles=(CSR, ADMIN),
    body=PaidIn,
    answer=CheckoutOut,
    status=202,
    also={200: OrderOut},
    follow=_follow,
)
def create_placement(session: Session, call: Call, body: PaidIn, number: str) -> Reply:
    """
    Place a draft, with payments or without: then it must be paid before it is released.

    202 as soon as it is placed; with `Prefer: wait=5` 200 once its payment is decided. 409 with all `obstacles` where
    something is missing.
    """
    order = find_order(session, number)
    _one_currency(call, order["market"], (payment.amount for payment in body.payments))
    placed = place_draft(session, order["id"], body.as_payments(), cause=call.cause, at=call.at)
    status, answer, headers = answer_to(body, placed)
    return Reply(answer, status, headers)


def _begun(session: Session, call: Call, order_id: int) -> Reply:
    number = read_orders(session, [order_id])[order_id].number
    return _reviewed(session, call, number, 201, {"Location": f"/v1/orders/{number}"})


def _reviewed(
    session: Session, call: Call, number: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    draft = review(session, number, at=call.at)
    return Reply(shown_draft(draft), status, {**etag(draft.head["version"]), **(headers or {})})


def _one_currency(call: Call, market: str, amounts: Iterable[Money | None]) -> None:
    one_currency(call.services, market, {amount.currency for amount in amounts if amount is not None})
