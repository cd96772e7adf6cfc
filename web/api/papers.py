"""Papers of the floor, as PDF. The library that draws them is loaded with the first one: most processes never print."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fulfillment.access.models import Role
from fulfillment.returns.read import find_return
from fulfillment.shipments.read import find_picklist, find_shipment
from web.access import ADMIN, CSR, STOREFRONT, WAREHOUSE
from web.call import Call, Paper
from web.routes import Noun

noun = Noun("papers", "What the floor prints: packing slips and picklists, with barcodes, as PDF.")


@noun.prints("/v1/shipments/<id:shipment_id>/packing-slip", roles=(CSR, WAREHOUSE, ADMIN))
def print_packing_slip(session: Session, call: Call, shipment_id: int) -> Paper:
    """Print what lies in each parcel of a shipment, without prices, for the customer who opens it."""
    from fulfillment.papers.packing_slip import packing_slip

    if call.key.role == Role.WAREHOUSE:
        call.enter_warehouse(find_shipment(session, shipment_id).shipment["warehouse"], f"shipment {shipment_id}")
    return Paper(packing_slip(session, shipment_id), f"packing-slip-{shipment_id}.pdf")


@noun.prints("/v1/returns/<id:return_id>/slip", roles=(STOREFRONT, CSR, WAREHOUSE, ADMIN))
def print_return_slip(session: Session, call: Call, return_id: int) -> Paper:
    """Print what goes into the parcel of a return: its number as a code, and its pieces, without prices."""
    from fulfillment.papers.return_slip import return_slip

    find_return(session, return_id, storefront_id=call.storefront_id)
    return Paper(return_slip(session, return_id), f"return-{return_id}.pdf")


@noun.prints("/v1/picklists/<id:picklist_id>/paper", roles=(WAREHOUSE, ADMIN))
def print_picklist(session: Session, call: Call, picklist_id: int) -> Paper:
    """Print what is to be picked, and from where, in the order of the way."""
    from fulfillment.papers.picklist_paper import picklist_paper

    call.enter_warehouse(find_picklist(session, picklist_id).picklist["warehouse"], f"picklist {picklist_id}")
    return Paper(picklist_paper(session, picklist_id), f"picklist-{picklist_id}.pdf")
