"""Carts and wish lists: collect, change, delete, list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.carts.create import create
from fulfillment.carts.delete import delete_cart, delete_carts
from fulfillment.carts.models import CartKind
from fulfillment.carts.move import move_lines
from fulfillment.carts.read import CartFilter, CartView, list_carts
from fulfillment.carts.reserve import release_cart, reserve_cart
from fulfillment.carts.revise import revise
from fulfillment.checkout import revise as revisions
from fulfillment.checkout.checkout import Checkout, CheckoutForm, Destination
from fulfillment.kernel.errors import Denied
from fulfillment.kernel.terms import SearchTerm
from web.access import ADMIN, CSR, STOREFRONT
from web.api.shown_cart import shown_cart, summary
from web.call import Call, Reply
from web.currencies import one_currency
from web.paging import after_moment, moment_and_id, page
from web.route import LARGE_BODY
from web.routes import Noun
from web.schemas.base import Money
from web.schemas.carts import (
    CartChangeIn,
    CartIn,
    CartsQuery,
    DeletionIn,
    DestinationOfCartIn,
    EmptyingIn,
    FormOfCartIn,
    KnownCustomerIn,
    LineChangeIn,
    LinesIn,
    MoveIn,
    ReservationIn,
)
from web.schemas.carts_shown import CartGoneOut, CartOut, CartsOut, DeletionOut

noun = Noun("carts", "What customers collect, until it becomes an order. A wish list is a kind of cart.")

WHO = (STOREFRONT, CSR, ADMIN)
_CART = "/v1/carts/<id:cart_id>"
_LINE = f"{_CART}/lines/<id:position>"
_FORM = f"{_CART}/forms/<code:key>"
_DESTINATION = f"{_CART}/destinations/<code:key>"


@noun.reads("/v1/carts", roles=WHO, answer=CartsOut, query=CartsQuery)
def list_all_carts(session: Session, call: Call, query: CartsQuery) -> Reply:
    """List carts and wish lists, the latest touched first, with what each costs now. A storefront sees its own."""
    wanted = CartFilter(
        kind=query.kind,
        markets=query.market,
        customer_id=query.customer_id,
        customer_name=None if query.customer_name is None else SearchTerm(query.customer_name),
        customer_email=query.customer_email,
        updated_from=query.updated_from,
        updated_to=query.updated_to,
        converted=query.converted,
        storefront_id=call.storefront_id,
    )
    found = list_carts(session, wanted, at=call.at, before=after_moment(query.cursor), limit=query.limit + 1)
    return Reply(page("carts", found, query.limit, _place, [summary(cart) for cart in found]))


@noun.commands("/v1/carts", roles=WHO, body=CartIn, answer=CartOut, status=201, most_bytes=LARGE_BODY)
def create_cart(session: Session, call: Call, body: CartIn) -> Reply:
    """Begin a cart or a wish list, empty or with lines; nobody needs to have an account."""
    _refuse_naming_accounts(call, body.customer)
    one_currency(call.services, body.market, body.currencies())
    content = replace(body.as_checkout(), customer_id=body.customer.id, codes=body.codes)
    lines = [replace(line, price_by=_price_by(call)) for line in content.lines]
    cart_id = create(
        session,
        replace(content, lines=lines),
        kind=CartKind(body.kind),
        storefront_id=call.storefront_id,
        cause=call.cause,
        at=call.at,
    )
    return shown_cart(session, call, cart_id, 201)


@noun.reads(_CART, roles=WHO, answer=CartOut)
def show_cart(session: Session, call: Call, cart_id: int) -> Reply:
    """Read a cart, priced with the catalog of now. `notices` name what has changed or keeps it from being placed."""
    return shown_cart(session, call, cart_id)


@noun.changes("PATCH", _CART, roles=WHO, body=CartChangeIn, answer=CartOut)
def change_cart(session: Session, call: Call, body: CartChangeIn, cart_id: int) -> Reply:
    """Change customer, reference, codes, discount, tax, or the address, method and billing address of lines that name none."""
    _refuse_naming_accounts(call, body.customer)

    def changed(content: Checkout) -> Checkout:
        content = revisions.change_head(content, body.as_change())
        if of_destination := body.of_destination():
            unnamed = next((each for each in content.destinations if not each.key), Destination())
            content = revisions.put_destination(content, replace(unnamed, **of_destination))
        if of_form := body.of_form():
            form = next((each for each in content.forms if not each.key), CheckoutForm())
            content = revisions.put_form(content, replace(form, **of_form))
        return content

    return _revised(session, call, cart_id, changed, body.moneys())


@noun.changes("DELETE", _CART, roles=WHO, answer=CartGoneOut)
def delete_one_cart(session: Session, call: Call, cart_id: int) -> Reply:
    """Delete a cart or a wish list. The order that it became, if any, stays."""
    delete_cart(session, cart_id, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return Reply({"deleted": cart_id})


@noun.commands("/v1/carts/deletions", roles=WHO, body=DeletionIn, answer=DeletionOut, most_bytes=LARGE_BODY)
def delete_selected_carts(session: Session, call: Call, body: DeletionIn) -> Reply:
    """Delete a selection of carts and wish lists; those that are not there, or not the caller's, are named."""
    deleted = delete_carts(session, body.cart_ids, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return Reply({"deleted": deleted, "missing": sorted(set(body.cart_ids) - set(deleted))})


@noun.commands(f"{_CART}/lines", roles=WHO, body=LinesIn, answer=CartOut, status=201, most_bytes=LARGE_BODY)
def add_lines_to_cart(session: Session, call: Call, body: LinesIn, cart_id: int) -> Reply:
    """Add lines. Each gets a position that names it for as long as it is there."""
    added = [line.as_line() for line in body.lines]

    def changed(content: Checkout) -> Checkout:
        return revisions.add_lines(content, added, by=_price_by(call))

    return _revised(session, call, cart_id, changed, body.moneys(), 201)


@noun.changes("PATCH", _LINE, roles=WHO, body=LineChangeIn, answer=CartOut)
def change_line_of_cart(session: Session, call: Call, body: LineChangeIn, cart_id: int, position: int) -> Reply:
    """Change a line: quantity, price, discount, options, gift, where it goes and to which section it belongs."""

    def changed(content: Checkout) -> Checkout:
        return revisions.change_line(content, position, body.as_change(), by=_price_by(call))

    return _revised(session, call, cart_id, changed, body.moneys())


@noun.changes("DELETE", _LINE, roles=WHO, answer=CartOut)
def remove_line_of_cart(session: Session, call: Call, cart_id: int, position: int) -> Reply:
    """Remove a line; its position is not given again."""
    return _revised(session, call, cart_id, lambda content: revisions.remove_lines(content, [position]))


@noun.commands(f"{_CART}/emptying", roles=WHO, body=EmptyingIn, answer=CartOut)
def empty_cart(session: Session, call: Call, body: EmptyingIn, cart_id: int) -> Reply:  # noqa: ARG001 - nothing is asked
    """Remove all lines; customer, addresses and forms stay."""

    def emptied(content: Checkout) -> Checkout:
        return revisions.remove_lines(content, [line.position or 0 for line in content.lines])

    return _revised(session, call, cart_id, emptied)


@noun.commands(f"{_CART}/reservation", roles=WHO, body=ReservationIn, answer=CartOut, status=201)
def reserve_a_cart(session: Session, call: Call, body: ReservationIn, cart_id: int) -> Reply:
    """
    Hold the pieces of a cart for a time: all of them, or 409 `out_of_stock`. Once more holds what is in it now, anew.

    A checkout in that time gets them. They are free again when it is over, the cart is gone, or the reservation is released.
    """
    reserve_cart(session, cart_id, seconds=body.seconds, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return shown_cart(session, call, cart_id, 201)


@noun.commands(f"{_CART}/reservation/release", roles=WHO, body=EmptyingIn, answer=CartOut)
def release_a_cart(session: Session, call: Call, body: EmptyingIn, cart_id: int) -> Reply:  # noqa: ARG001 - nothing is asked
    """Let go of the pieces that a cart holds."""
    release_cart(session, cart_id, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return shown_cart(session, call, cart_id)


@noun.commands(f"{_CART}/moves", roles=WHO, body=MoveIn, answer=CartOut)
def move_lines_of_cart(session: Session, call: Call, body: MoveIn, cart_id: int) -> Reply:
    """Move lines into another cart, or between a cart and a wish list, and answer the one they left; both or none change."""
    move_lines(
        session,
        cart_id,
        body.positions,
        to=body.to,
        storefront_id=call.storefront_id,
        cause=call.cause,
        at=call.at,
    )
    return shown_cart(session, call, cart_id)


@noun.changes("PUT", _FORM, roles=WHO, body=FormOfCartIn, answer=CartOut)
def put_form_of_cart(session: Session, call: Call, body: FormOfCartIn, cart_id: int, key: str) -> Reply:
    """Add a section with this key, or set it anew; lines name it in `form`."""
    return _revised(session, call, cart_id, lambda old: revisions.put_form(old, body.as_form(key)), body.moneys())


@noun.changes("DELETE", _FORM, roles=WHO, answer=CartOut)
def remove_form_of_cart(session: Session, call: Call, cart_id: int, key: str) -> Reply:
    """Remove a section that no line belongs to."""
    return _revised(session, call, cart_id, lambda old: revisions.remove_form(old, key))


@noun.changes("PUT", _DESTINATION, roles=WHO, body=DestinationOfCartIn, answer=CartOut)
def put_destination_of_cart(session: Session, call: Call, body: DestinationOfCartIn, cart_id: int, key: str) -> Reply:
    """Add a destination with this key, or set it anew; lines name it in `destination`."""
    put = body.as_destination(key)
    return _revised(session, call, cart_id, lambda old: revisions.put_destination(old, put), body.moneys())


@noun.changes("DELETE", _DESTINATION, roles=WHO, answer=CartOut)
def remove_destination_of_cart(session: Session, call: Call, cart_id: int, key: str) -> Reply:
    """Remove a destination that nothing goes to."""
    return _revised(session, call, cart_id, lambda old: revisions.remove_destination(old, key))


def _revised(
    session: Session,
    call: Call,
    cart_id: int,
    revision: Callable[[Checkout], Checkout],
    moneys: Iterable[Money | None] = (),
    status: int = 200,
) -> Reply:
    named = {each.currency for each in moneys if each is not None}

    def checked(content: Checkout) -> Checkout:
        one_currency(call.services, content.market, named)
        return revision(content)

    revise(session, cart_id, checked, storefront_id=call.storefront_id, cause=call.cause, at=call.at)
    return shown_cart(session, call, cart_id, status)


def _price_by(call: Call) -> str | None:
    """A storefront says the prices of its own shop; whoever else says one overrides the catalog's, and is named (LI2)."""
    return None if call.key.role == Role.STOREFRONT else call.key.actor


def _refuse_naming_accounts(call: Call, customer: KnownCustomerIn | None) -> None:
    if customer is not None and customer.id is not None and call.key.role == Role.STOREFRONT:
        raise Denied(
            "a storefront names no accounts of customers",
            code="role",
            guard="role",
            remedy="send name and email of the customer",
        )


def _place(cart: CartView) -> str:
    return moment_and_id(cart.head["updated_at"], cart.head["id"])
