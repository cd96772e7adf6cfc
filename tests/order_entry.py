"""What the tests of back-office entry share: methods to ship by, and a draft to begin with."""

from typing import Any

from api_client import ADDRESS, Caller, pence
from builders import Shop

from fulfillment.catalog.shipping_methods import MethodPrice, NewShippingMethod, add_method

HULL = {**ADDRESS, "line1": "9 Dock", "city": "Hull"}


def offers_methods(shop: Shop, market: str = "DE") -> None:
    """Post for 3.00, free from 100.00 of goods; courier for 7.00."""
    with shop.services.transaction() as session:
        for code, price, free_from in (("post", 300, 10_000), ("courier", 700, None)):
            prices = [MethodPrice(market, price, "GBP", free_from)]
            add_method(session, NewShippingMethod(code, code.title(), prices))


def a_draft(*lines: tuple[str, int] | dict[str, Any], **more: Any) -> dict[str, Any]:
    listed = [line if isinstance(line, dict) else {"sku": line[0], "quantity": line[1]} for line in lines]
    return {
        "market": "DE",
        "customer": {"name": "Bo Lind", "email": "bo@example.org"},
        "address": ADDRESS,
        "shipping_method": "post",
        "lines": listed,
        **more,
    }


def begins(caller: Caller, *lines: tuple[str, int] | dict[str, Any], **more: Any) -> str:
    """Begin a draft; give its number."""
    answer = caller.post("/v1/orders", a_draft(*lines, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json["number"])


def missing(draft: dict[str, Any]) -> list[str]:
    """What stands in the way of placing a draft."""
    return [each["code"] for each in draft["obstacles"]]


__all__ = ["ADDRESS", "HULL", "a_draft", "begins", "missing", "offers_methods", "pence"]
