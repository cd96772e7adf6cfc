"""Sourcing: which warehouse would ship what, and why."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from web.schemas.base import Answer, Country, Pieces, Sent, ShortText, Sku
from web.schemas.markets import SourcingIn, SplitsName


class SourcedLineIn(Sent):
    """Pieces of one product."""

    sku: Sku
    quantity: Pieces


class SourcedToIn(Sent):
    """What rules go by of an address."""

    country: Country
    region: ShortText | None = None
    postal_code: ShortText | None = None


class SourcingPreviewIn(Sent):
    """A shipment to be thought of. `sourcing` and `splits` are tried instead of what the market says."""

    lines: Annotated[list[SourcedLineIn], Field(min_length=1, max_length=200)]
    ship_to: SourcedToIn | None = None
    sourcing: SourcingIn | None = None
    splits: SplitsName | None = None


class SourcedLineOut(Answer):
    """Pieces of one product."""

    sku: str
    quantity: int


class ParcelOut(Answer):
    """What one warehouse ships."""

    warehouse: str
    lines: list[SourcedLineOut]


class SeenOut(Answer):
    """A warehouse in the place that the rules give it; `facts` by rule, `short` is what it lacks."""

    warehouse: str
    chosen: bool
    why: str
    facts: dict[str, Any]
    short: list[SourcedLineOut]


class SourcingPreviewOut(Answer):
    """It would ship `whole`, `split`, or it `waits`; and what would wait."""

    outcome: str
    parcels: list[ParcelOut]
    waits: list[SourcedLineOut]
    warehouses: list[SeenOut]
