"""Why a scan is not counted: each refusal says what the person with the scanner does next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fulfillment.inventory.places import Whereabouts
from fulfillment.kernel.errors import Conflict
from fulfillment.orders.states import ShipmentStatus
from fulfillment.picking.candidates import Candidate


def _refusal(code: str, reason: str, remedy: str, **members: object) -> Conflict:
    return Conflict(reason, code=code, guard=code, remedy=remedy, members=members)


def unknown_code(code: str) -> Conflict:
    """No product has this code."""
    return _refusal(
        "unknown_code",
        f"no product has the code {code}",
        "scan the label again, or lay the piece aside and enter its code: PUT /v1/products/{sku}/barcodes",
        scanned=code,
    )


def wrong_item(sku: str, picklist_id: int) -> Conflict:
    """The product is not on the picklist."""
    return _refusal("wrong_item", f"{sku} is not on picklist {picklist_id}", "put it back, and take the next", sku=sku)


def wrong_bin(sku: str, code: str, lying: Mapping[str, int]) -> Conflict:
    """The product does not lie in this bin."""
    where = f"go to bin {next(iter(lying))}" if lying else "take it where it lies, and scan no bin"
    return _refusal("wrong_bin", f"{sku} does not lie in bin {code}", where, sku=sku, bins=dict(lying))


def short(sku: str, there: int, where: str) -> Conflict:
    """Fewer pieces lie there than are to be taken."""
    return _refusal(
        "short",
        f"{sku}: {there} pieces lie {where}",
        "take fewer, or report what is missing: POST /v1/picklists/{id}/lines/{id}/short-picks",
        sku=sku,
        there=there,
    )


def refuse_misplaced(sku: str, quantity: int, lying: Whereabouts, bin_id: int | None, bin_code: str | None) -> None:
    """Raise Conflict where so many pieces do not lie in the bin that was scanned, or (None) in the warehouse."""
    bins = {lying.codes[each]: pieces for each, pieces in lying.bins.items() if pieces}
    if bin_code is None:
        there, where = sum(lying.bins.values()) + lying.unplaced, "in the warehouse"
    else:
        there, where = lying.bins.get(bin_id or 0, 0), f"in bin {bin_code}"
        if not there:
            raise wrong_bin(sku, bin_code, bins)
    if quantity > there:
        raise short(sku, max(0, there), where)


def refuse_nothing_to_pick(lines: Sequence[Candidate]) -> None:
    """Raise Conflict where none of these lines of a product may be picked now; the reason that can be helped goes first."""
    if any(each.is_pickable for each in lines):
        return
    sku = lines[0].sku
    held = next((each for each in lines if each.missing and each.open_holds), None)
    if held is not None:
        raise _refusal(
            "on_hold",
            f"{sku}: order {held.order} is on hold",
            f"put it back, and go on with the next; its holds are released by POST /v1/orders/{held.order}/holds/{{id}}/release",
            sku=sku,
            order=held.order,
        )
    if any(each.status == ShipmentStatus.PACKING for each in lines):
        raise _refusal("already_picked", f"{sku}: all pieces are picked", "put it back, and take the next", sku=sku)
    canceled = next((each for each in lines if each.status == ShipmentStatus.CANCELED), None)
    if canceled is not None:
        raise _refusal(
            "canceled",
            f"{sku}: shipment {canceled.shipment} is canceled",
            "put it back: what was picked before is listed by GET /v1/put-backs",
            sku=sku,
            shipment=canceled.shipment,
        )
    raise _refusal(
        "status", f"{sku}: shipment {lines[0].shipment} is {lines[0].status}", "put it back, and take the next", sku=sku
    )


def refuse_over_pick(sku: str, quantity: int, most: int) -> None:
    """Raise Conflict where more pieces were scanned than are to be picked."""
    if quantity > most:
        raise _refusal(
            "over_pick",
            f"{sku}: {quantity} pieces scanned, {most} are to be picked",
            f"put {quantity - most} back, and scan {most}",
            sku=sku,
            most=most,
        )


def of_tote(lines: Sequence[Candidate], tote: str | None) -> list[Candidate]:
    """
    Narrow lines to those of a tote. Raises Conflict for one in which this product has no place, and (None) where there are
    totes: a piece in none is a piece in the wrong parcel.
    """
    in_totes = {each.tote: each for each in lines if each.tote is not None and each.missing}
    if tote is None:
        if in_totes:
            raise _refusal(
                "tote_needed",
                f"{lines[0].sku}: say which tote it goes into",
                "scan the tote with it",
                totes=sorted(in_totes),
            )
        return list(lines)
    found = [each for each in lines if each.tote == tote]
    if not found:
        raise _refusal(
            "wrong_tote",
            f"{lines[0].sku} does not belong into tote {tote}",
            f"it goes into {', '.join(sorted(in_totes)[:10])}" if in_totes else "scan it without a tote",
            totes=sorted(in_totes),
        )
    return found
