"""Parcels in trouble: what is wrong with each, and what a person decides."""

from __future__ import annotations

from typing import Literal

from web.schemas.base import Answer, Flag, Page, Sent, Text

ProblemKindName = Literal["lost", "damaged", "returned_to_sender", "silent"]


class TroubleQuery(Page):
    """Which parcels are listed: those that need a person, for one reason or any."""

    needs: Literal["attention"]
    kind: ProblemKindName | None = None


class ParcelProblemIn(Sent):
    """What became of a parcel that left, by what somebody was told of it."""

    kind: Literal["lost", "damaged", "returned_to_sender"]
    note: Text | None = None


class ResolutionIn(Sent):
    """
    What is to become of a parcel in trouble.

    `reship`: the same goods go out again, at no cost. `refund`: what was paid for its pieces goes back, `with_shipping` their
    share of it, too. `return`: the return of what comes back settles it. `found`: it is on its way after all.
    """

    by: Literal["reship", "refund", "return", "found"]
    note: Text | None = None
    with_shipping: Flag = False


class ParcelProblemOut(Answer):
    """
    A problem of a parcel, and what was done about it.

    While it is open `resolutions` are what may be done, the usual first. `hold_id` keeps back what is still to ship of its
    order, `return_id` is the return of what comes back, `reship_id` the shipment that goes out instead.
    """

    id: int
    kind: ProblemKindName
    status: str
    since: str
    hold_id: int | None
    return_id: int | None
    resolutions: list[str]
    resolution: str | None
    note: str | None
    reship_id: int | None
    ended_at: str | None
    ended_by: str | None


class TroubledParcelOut(Answer):
    """A parcel that is or was in trouble, whose it is, and where its carrier says it is."""

    id: int
    shipment_id: int
    shipment: str
    order: str
    warehouse: str | None
    tracking_number: str | None
    delivery_state: str
    delivery_state_since: str | None
    problem: ParcelProblemOut


class TroubledParcelsOut(Answer):
    """A page of parcels that need a person, the one that waits the longest first."""

    parcels: list[TroubledParcelOut]
    next: str | None


class ResolvedOut(Answer):
    """What was decided of a parcel; `operation_id` follows its refund."""

    parcel: TroubledParcelOut
    operation_id: int | None
