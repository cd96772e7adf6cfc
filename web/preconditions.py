"""If-Match: a change of an order names the version it goes by, so that nobody overwrites what he has not seen (RO2)."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.orm import Session

from fulfillment.orders.read import find_order
from fulfillment.orders.version import expect_version
from web.call import Call
from web.errors import RequestError
from web.headers import header

ANY_VERSION: Final[frozenset[int]] = frozenset()
"""What `If-Match: *` asks: that the order exists."""

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
            "a change of an order needs If-Match",
            remedy='send If-Match with the ETag that the order was read with, such as "3"; or * to change it whatever it is',
        )
    if said == "*":
        return ANY_VERSION
    found = [_TAG.fullmatch(each.strip()) for each in said.split(",")] if len(said) <= _MOST_CHARACTERS else []
    versions = frozenset(int(each[1]) for each in found if each is not None)
    if not versions or None in found:
        raise RequestError(
            400,
            "if_match_malformed",
            "If-Match is not an ETag of an order",
            remedy='send the ETag as it was answered, in its quotation marks and without W/, such as "3"',
        )
    return versions


def hold_to(session: Session, call: Call, number: str, versions: frozenset[int]) -> None:
    """Lock the order where a version is named. Raises NotFound for what is not the caller's to see, else Stale."""
    order = find_order(session, number, storefront_id=call.storefront_id)
    if versions:
        expect_version(session, order["id"], versions, telling=call.storefront_id is None)


def etag(version: int) -> dict[str, str]:
    """Write the version of an order as the header of an answer."""
    return {"ETag": f'"{version}"'}
