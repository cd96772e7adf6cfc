"""Carts over HTTP, in few words."""

from typing import Any

from api_client import Caller
from werkzeug.test import TestResponse


def a_cart(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    return {"market": "DE", "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], **more}


def begun(caller: Caller, *lines: tuple[str, int], **more: Any) -> int:
    answer = caller.post("/v1/carts", a_cart(*lines, **more))
    assert answer.status_code == 201, answer.text
    cart_id: int = answer.json["id"]
    assert answer.headers["Location"] == f"/v1/carts/{cart_id}"
    return cart_id


def change(
    caller: Caller, method: str, path: str, body: Any = None, *, match: str | None = "*", **query: Any
) -> TestResponse:
    headers = {} if match is None else {"If-Match": match}
    return caller.send(method, path, headers=headers, **({} if body is None else {"json": body}), **query)


def told(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["type"].removeprefix("/problems/")
