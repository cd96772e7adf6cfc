"""Manifests: what a carrier took over from a warehouse in one go."""

from __future__ import annotations

from web.schemas.base import Answer, Code, Day, Page, Sent


class ManifestIn(Sent):
    """Close what a carrier has taken over from a warehouse, and that is on no manifest yet."""

    carrier: Code
    warehouse: Code


class ManifestsQuery(Page):
    """What a list of manifests is narrowed to."""

    carrier: Code | None = None
    warehouse: Code | None = None
    day: Day | None = None


class ManifestedParcelOut(Answer):
    """A parcel on a manifest, as its label says it; its weight in grams."""

    parcel_id: int
    tracking_number: str
    service: str | None
    weight_grams: int
    postal_code: str | None
    country: str | None
    shipment_id: int
    shipment: str


class ListedManifestOut(Answer):
    """
    A manifest: `new` and `sending` until the carrier has answered, `unknown` while it is asked what became of it, then `closed`
    with the carrier's reference, or `failed`: then its parcels go on another.
    """

    id: int
    carrier: str
    warehouse: str
    day: str
    labels: int
    status: str
    status_since: str
    reference: str | None
    code: str | None
    message: str | None
    created_at: str
    created_by: str


class ManifestOut(ListedManifestOut):
    """A manifest and the parcels on it."""

    parcels: list[ManifestedParcelOut]


class ManifestsOut(Answer):
    """A page of manifests, the latest first."""

    manifests: list[ListedManifestOut]
    next: str | None
