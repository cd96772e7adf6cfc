"""Promises: how many pieces, where, and from which day on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from web.schemas.base import MOST_PIECES, Answer, Sent


class PromiseQuery(Sent):
    """For how many pieces."""

    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1


class PromisedAtOut(Answer):
    """Pieces in one warehouse, and the day from which it can ship so many as were asked for."""

    warehouse: str
    on_hand: int
    allocated: int
    safety: int
    reserved: int
    available: int
    promised_on: str | None


class ExpectedOut(Answer):
    """Pieces that are announced to come."""

    warehouse: str
    expected_on: str
    pieces: int


class PromiseOut(Answer):
    """
    What can be promised of a product, behind all who wait for it already.

    `promised_on` is the first day on which one warehouse can ship the `quantity`; null where not enough is announced. A
    storefront sees no warehouses, no deliveries and not who waits.
    """

    sku: str
    quantity: int
    available: int
    available_from: str | None
    promised_on: str | None
    waiting: int | None
    warehouses: list[PromisedAtOut] | None
    deliveries: list[ExpectedOut] | None
