"""What is held about a person, given to them and erased."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.privacy.erase import erase
from fulfillment.privacy.export import export
from fulfillment.privacy.person import Person, customer_person, person_of
from web.access import ADMIN, CSR
from web.call import Call, Reply
from web.routes import Noun
from web.schemas.privacy import ErasureIn, ErasureOut, ExportOut, GuestIn, GuestQuery

noun = Noun("privacy", "What is held about a person: given to them, and erased while the books stay.")


@noun.reads("/v1/customers/<id:customer_id>/export", roles=(CSR, ADMIN), answer=ExportOut)
def export_customer(session: Session, call: Call, customer_id: int) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Give everything that is held about a customer."""
    return _exported(session, customer_person(session, customer_id))


@noun.reads("/v1/guests/export", roles=(CSR, ADMIN), answer=ExportOut, query=GuestQuery)
def export_guest(session: Session, call: Call, query: GuestQuery) -> Reply:  # noqa: ARG001 - who calls makes no difference
    """Give everything that is held about who has an e-mail address, known customer or not."""
    return _exported(session, person_of(session, query.email))


@noun.commands("/v1/customers/<id:customer_id>/erasure", roles=(ADMIN,), body=ErasureIn, answer=ErasureOut)
def erase_customer(session: Session, call: Call, body: ErasureIn, customer_id: int) -> Reply:  # noqa: ARG001 - nothing to say
    """Erase who a customer is, for good; what was sold, paid and shipped stays. Refused while an order is open."""
    return _erased(session, call, customer_person(session, customer_id))


@noun.commands("/v1/guests/erasure", roles=(ADMIN,), body=GuestIn, answer=ErasureOut)
def erase_guest(session: Session, call: Call, body: GuestIn) -> Reply:
    """Erase who has an e-mail address, known customer or not; where nobody has it, nothing is done."""
    return _erased(session, call, person_of(session, body.email))


def _exported(session: Session, person: Person) -> Reply:
    return Reply(
        {
            "customer_id": person.customer_id,
            "email": person.email,
            "orders": list(person.orders.values()),
            "held": export(session, person),
        }
    )


def _erased(session: Session, call: Call, person: Person) -> Reply:
    erased = erase(session, person, cause=call.cause, at=call.at)
    return Reply({"erased": dict(sorted(erased.rows.items())), "orders": erased.orders})
