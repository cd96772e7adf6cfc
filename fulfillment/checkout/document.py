"""A checkout as a document: how carts and drafts keep theirs until it becomes an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from fulfillment.checkout.checkout import Checkout

_DOCUMENT: Final[TypeAdapter[Checkout]] = TypeAdapter(Checkout)


def to_document(checkout: Checkout) -> dict[str, Any]:
    """Give what is kept: JSON, without what is as it is by default."""
    document: dict[str, Any] = _DOCUMENT.dump_python(checkout, mode="json", exclude_defaults=True)
    return document


def from_document(document: Mapping[str, Any]) -> Checkout:
    """Give the checkout that a document keeps."""
    return _DOCUMENT.validate_python(document)
