"""Pieces as requests name them, by SKU and bin, in the words of the domain."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from fulfillment.catalog.products import product_ids
from fulfillment.inventory.on_hand import Count
from web.schemas.inventory import AdjustedIn, ReceivedIn
from web.schemas.transfers import RequestedIn


def counts_of(session: Session, lines: Sequence[ReceivedIn | AdjustedIn | RequestedIn]) -> list[Count]:
    """Give the pieces that the lines of a request name. Raises Invalid for a SKU that there is not."""
    ids = product_ids(session, (line.sku for line in lines))
    return [Count(ids[line.sku], line.sku, line.quantity, getattr(line, "bin", None)) for line in lines]
