"""If-Match: a change of an order or a cart names the version it goes by, so that nobody overwrites what he has not seen (RO2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from fulfillment.carts.guards import expect_version as expect_version_of_cart
from fulfillment.orders.read import find_order
from fulfillment.orders.version import expect_version
from web.call import Call
from web.errors import RequestError
from web.headers import header

ANY_VERSION: Final[frozenset[int]] = frozenset()
"""What `If-Match: *` asks: that it exists."""

_MOST_CHARACTERS: Final = 200
_TAG: Final = re.compile(r'"([1-9][0-9]{0,17})"')


def versions_expected(*, required: bool) -> frozenset[int]:
    """
    Give the versions that If-Match names; none where any will do.

    Raises 428 where the header is missing but `required`, 400 for a weak or malformed one.
    """
    said = header("IF_MATCH").strip()
    if not said:
        if not required:
            return ANY_VERSION
        raise RequestError(
            428,
            "if_match_missing",
            "a change of an order or a cart needs If-Match",
            remedy='send If-Match with the ETag that it was read with, such as "3"; or * to change it whatever it is',
        )
    if said == "*":
        return ANY_VERSION
    found = [_TAG.fullmatch(each.strip()) for each in said.split(",")] if len(said) <= _MOST_CHARACTERS else []
    versions = frozenset(int(each[1]) for each in found if each is not None)
    if not versions or None in found:
        raise RequestError(
            400,
            "if_match_malformed",
            "If-Match is not an ETag of ours",
            remedy='send the ETag as it was answered, in its quotation marks and without W/, such as "3"',
        )
    return versions


def hold_to(session: Session, call: Call, path: Mapping[str, Any], versions: frozenset[int]) -> None:
    """Lock the order or the cart where a version is named. Raises NotFound for what is not the caller's to see, else Stale."""
    if "cart_id" in path:
        if versions:
            expect_version_of_cart(session, path["cart_id"], versions, storefront_id=call.storefront_id)
        return
    order = find_order(session, path["number"], storefront_id=call.storefront_id)
    if versions:
        expect_version(session, order["id"], versions, telling=call.storefront_id is None)


def etag(version: int) -> dict[str, str]:
    """Write the version of an order or a cart as the header of an answer."""
    return {"ETag": f'"{version}"'}
