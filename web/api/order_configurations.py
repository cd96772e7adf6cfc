"""Order configurations: read by customer service, made and chosen by administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from fulfillment.orders.configuration.configurations import (
    Kept,
    activate_configuration,
    add_configuration,
    find_configuration,
    list_configurations,
)
from fulfillment.orders.configuration.set_state import Wish, set_state
from fulfillment.orders.read import find_order
from web.access import ADMIN, CSR
from web.api.orders import shown_order
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.base import moment
from web.schemas.order_configurations import (
    ActivationIn,
    OrderConfigurationIn,
    OrderConfigurationOut,
    OrderConfigurationsOut,
    StateIn,
)
from web.schemas.orders import OrderOut

noun = Noun("order_configurations", "A client's own names for the states of an order, mapped on the machine.")


@noun.reads("/v1/order-configurations", roles=(CSR, ADMIN), answer=OrderConfigurationsOut)
def list_all_configurations(session: Session, call: Call) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """List all configurations: the one that is built in, then those that were made."""
    return Reply({"order_configurations": [_shown(kept) for kept in list_configurations(session)]})


@noun.reads("/v1/order-configurations/<name:name>", roles=(CSR, ADMIN), answer=OrderConfigurationOut)
def show_configuration(session: Session, call: Call, name: str) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Read a configuration: its states are what may be chosen from."""
    return Reply(_shown(find_configuration(session, name)))


@noun.commands(
    "/v1/order-configurations",
    roles=(ADMIN,),
    body=OrderConfigurationIn,
    answer=OrderConfigurationOut,
    status=201,
)
def create_configuration(session: Session, call: Call, body: OrderConfigurationIn) -> Reply:
    """
    Add a configuration, and with `activate` let it count.

    Refused (422 `unsafe_configuration`, with `faults` and the path to each) where an order on hold or uncovered could be
    called something that ships, where a state cannot be left or reached, or where two states mean the same.
    """
    add_configuration(session, body.as_configuration(), by=call.key.actor, at=call.at)
    if body.activate:
        activate_configuration(session, body.name)
    return Reply(_shown(find_configuration(session, body.name)), 201)


@noun.commands(
    "/v1/order-configurations/<name:name>/activation", roles=(ADMIN,), body=ActivationIn, answer=OrderConfigurationOut
)
def choose_configuration(session: Session, call: Call, body: ActivationIn, name: str) -> Reply:  # noqa: ARG001 - says nothing
    """Let this configuration name the states of all orders from now on. What they are beneath does not change."""
    activate_configuration(session, name)
    return Reply(_shown(find_configuration(session, name)))


@noun.changes("PUT", "/v1/orders/<name:number>/state", roles=(CSR, ADMIN), body=StateIn, answer=OrderOut)
def put_state(session: Session, call: Call, body: StateIn, number: str) -> Reply:
    """
    Set the state of an order by a name of the active order configuration: the verb behind it runs, with its guards.

    A hold's name holds the order, and leaving it releases that hold; the name for canceled cancels, and needs `reason` and
    `notify_customer`. The name for completed is never set. Refused where no transition leads there.
    """
    order = find_order(session, number)
    wish = Wish(body.state, body.reason, body.notify_customer)
    set_state(session, order["id"], wish, cause=call.cause, at=call.at)
    return shown_order(session, call, number)


def _shown(kept: Kept) -> dict[str, Any]:
    configuration = kept.configuration
    return {
        "name": configuration.name,
        "active": kept.active,
        "states": [asdict(state) for state in configuration.states],
        "transitions": [
            {"from": each.source, "to": each.target, "keeps_hold": each.keeps_hold}
            for each in configuration.transitions
        ],
        "created_at": moment(kept.created_at),
        "created_by": kept.created_by,
    }
