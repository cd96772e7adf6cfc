"""Transfers between warehouses."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from fulfillment.transfers.receive import Rest
from fulfillment.transfers.states import TransferStatus
from web.schemas.base import Answer, Code, Page, Pieces, Sent, Sku, Text
from web.schemas.inventory import ReceivedIn


class TransfersQuery(Page):
    """Of which status."""

    status: TransferStatus | None = None


class RequestedIn(Sent):
    """Pieces of one product that are to go."""

    sku: Sku
    quantity: Pieces


class TransferIn(Sent):
    """What is to go `from` one warehouse `to` another."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    from_warehouse: Annotated[Code, Field(alias="from")]
    to_warehouse: Annotated[Code, Field(alias="to")]
    lines: Annotated[list[RequestedIn], Field(min_length=1, max_length=1000)]
    note: Text | None = None


class TransferShipmentIn(Sent):
    """What leaves, and from which bins; left out, all that was requested."""

    lines: Annotated[list[ReceivedIn], Field(min_length=1, max_length=1000)] | None = None


class TransferReceiptIn(Sent):
    """What came, and into which bins."""

    lines: Annotated[list[ReceivedIn], Field(min_length=1, max_length=1000)]


class TransferEndIn(Sent):
    """What became of the `rest` that is on the way; one that has not left is canceled without a word."""

    rest: Rest | None = None


class TransferLineOut(Answer):
    """Pieces of one product: shipped = received + returned + lost + in transit."""

    sku: str
    requested: int
    shipped: int
    received: int
    returned: int
    lost: int
    in_transit: int


class ListedTransferOut(Answer):
    """A transfer."""

    id: int
    from_warehouse: str
    to_warehouse: str
    status: str
    note: str | None
    created_at: str
    created_by: str
    shipped_at: str | None
    ended_at: str | None


class TransferOut(ListedTransferOut):
    """A transfer with its lines."""

    lines: list[TransferLineOut]


class TransfersOut(Answer):
    """A page of transfers, the latest first."""

    transfers: list[ListedTransferOut]
    next: str | None
