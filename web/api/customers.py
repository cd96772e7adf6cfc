"""Customers and their address books."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from fulfillment.customers.add import add_address, add_customer
from fulfillment.customers.change import change_address, change_customer, choose_default_address, remove_address
from fulfillment.customers.read import CustomerView, find_customer, list_customers
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.paging import after_id, page
from web.preview import previewed
from web.routes import Noun
from web.schemas.base import Address, moment
from web.schemas.customers import (
    ChosenIn,
    CustomerBookOut,
    CustomerChangeIn,
    CustomersOut,
    CustomersQuery,
    NewCustomerIn,
)

noun = Noun("customers", "Who buys. Orders keep their own copy of names and addresses.")


@noun.reads("/v1/customers", roles=(CSR, ADMIN), answer=CustomersOut, query=CustomersQuery)
def list_all_customers(session: Session, call: Call, query: CustomersQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List customers by id, find the one with an e-mail address, or search any part of name and e-mail address."""
    after = after_id(query.cursor) or 0
    views = list_customers(session, email=query.email, search=query.q, after=after, limit=query.limit + 1)
    shown = [_shown(view) for view in views]
    return Reply(page("customers", views, query.limit, lambda view: view.customer["id"], shown))


@noun.reads("/v1/customers/<id:customer_id>", roles=(CSR, ADMIN), answer=CustomerBookOut)
def show_customer(session: Session, call: Call, customer_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read a customer with the address book."""
    return Reply(_shown(find_customer(session, customer_id)))


@noun.commands("/v1/customers", roles=(CSR, ADMIN), body=NewCustomerIn, answer=CustomerBookOut, status=201)
@previewed
def create_customer(session: Session, call: Call, body: NewCustomerIn) -> Reply:
    """Add a customer. No two have the same e-mail address."""
    addresses = [address.model_dump(exclude_none=True) for address in body.addresses]
    customer_id = add_customer(session, name=body.name, email=body.email, addresses=addresses, at=call.at)
    headers = {"Location": f"/v1/customers/{customer_id}"}
    return Reply(_shown(find_customer(session, customer_id)), 201, headers)


@noun.commands(
    "/v1/customers/<id:customer_id>/addresses", roles=(CSR, ADMIN), body=Address, answer=CustomerBookOut, status=201
)
def create_address(session: Session, call: Call, body: Address, customer_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Add an entry to the address book. Orders that were placed keep their address."""
    add_address(session, customer_id, body.model_dump(exclude_none=True))
    return Reply(_shown(find_customer(session, customer_id)), 201)


@noun.changes(
    "PATCH", "/v1/customers/<id:customer_id>", roles=(CSR, ADMIN), body=CustomerChangeIn, answer=CustomerBookOut
)
def change_a_customer(session: Session, call: Call, body: CustomerChangeIn, customer_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Change name, e-mail address, or both. Orders that were placed keep theirs."""
    change_customer(session, customer_id, body.model_dump(exclude_unset=True))
    return Reply(_shown(find_customer(session, customer_id)))


@noun.changes(
    "PUT",
    "/v1/customers/<id:customer_id>/addresses/<id:address_id>",
    roles=(CSR, ADMIN),
    body=Address,
    answer=CustomerBookOut,
)
def replace_address(session: Session, call: Call, body: Address, customer_id: int, address_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Write an entry of the address book anew. Orders that were placed keep their address."""
    change_address(session, customer_id, address_id, body.model_dump(exclude_none=True))
    return Reply(_shown(find_customer(session, customer_id)))


@noun.changes(
    "PUT",
    "/v1/customers/<id:customer_id>/addresses/<id:address_id>/default",
    roles=(CSR, ADMIN),
    body=ChosenIn,
    answer=CustomerBookOut,
)
def choose_address(session: Session, call: Call, body: ChosenIn, customer_id: int, address_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Make an entry of the address book the one that is proposed for orders."""
    choose_default_address(session, customer_id, address_id)
    return Reply(_shown(find_customer(session, customer_id)))


@noun.changes(
    "DELETE",
    "/v1/customers/<id:customer_id>/addresses/<id:address_id>",
    roles=(CSR, ADMIN),
    answer=CustomerBookOut,
)
def delete_address(session: Session, call: Call, customer_id: int, address_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Take an entry out of the address book; the only one stays."""
    remove_address(session, customer_id, address_id)
    return Reply(_shown(find_customer(session, customer_id)))


def _shown(view: CustomerView) -> dict[str, Any]:
    return {
        "id": view.customer["id"],
        "name": view.customer["name"],
        "email": view.customer["email"],
        "created_at": moment(view.customer["created_at"]),
        "addresses": [
            {"id": entry["id"], "default": entry["is_default"], "address": entry["address"]} for entry in view.addresses
        ],
    }
