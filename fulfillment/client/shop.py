"""
A client of the HTTP API for shops. It needs httpx, and nothing else of this project.

    with Shop("https://orders.example.com", key) as shop:
        for product in shop.products():
            ...
        placed = shop.check_out({"market": "UK", "lines": [...], ...})

Each command has an idempotency key, and a call that nobody answered is repeated under the same one: whatever happens on
the way, an order is placed once. A `Problem` says why something was refused, and what to do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx

from fulfillment.client.answers import (
    Delivery,
    Endpoint,
    EndpointWithSecret,
    Operation,
    Order,
    OrderSummary,
    Payment,
    Placed,
    Product,
    Promise,
    read,
)
from fulfillment.client.problems import Unavailable, problem_of

Item = TypeVar("Item")

_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_STILL_RUNNING: Final = "idempotency_key_in_use"
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 10.0
_FIRST_REFUSAL: Final = 400
_CONFLICT: Final = 409


class Shop:
    """The API as a storefront's key sees it. Safe to use by many threads; close it when it is not needed any more."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float = 15.0,
        tries: int = 5,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`timeout` is in seconds, for one try; `tries` are how often at most something is asked that nobody answers."""
        self._tries = tries
        self._pause = pause
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {api_key}", "Accept": "application/json"},
            timeout=timeout,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def products(self, *, q: str | None = None, market: str | None = None) -> Iterator[Product]:
        """Give what is sold, page after page; `q` is a part of a name or SKU."""
        return self._each("/v1/products", "products", Product, q=q, market=market)

    def product(self, sku: str) -> Product:
        """Look a product up. Raises NotFound."""
        return read(Product, self._get(f"/v1/products/{_segment(sku)}"))

    def promise(self, sku: str, quantity: int = 1) -> Promise:
        """Ask from which day on so many pieces can be promised."""
        return read(Promise, self._get(f"/v1/products/{_segment(sku)}/promise", quantity=quantity))

    def check_out(self, checkout: Mapping[str, Any], *, key: str | None = None, wait: int | None = None) -> Placed:
        """
        Place an order; with `wait` (seconds) the answer comes when its payment is decided, or the time is over.

        Keep `key` with the cart where the shop itself may die: the same cart under the same key is one order. Raises Refused
        (`out_of_stock`, ...) and Invalid.
        """
        return read(Placed, self._post("/v1/checkouts", checkout, key=key, wait=wait))

    def order(self, number: str) -> Order:
        """Look an order up. Raises NotFound for another storefront's as well."""
        return read(Order, self._get(f"/v1/orders/{_segment(number)}"))

    def orders(self, **filters: str) -> Iterator[OrderSummary]:
        """Give orders, the latest first: `status`, `email`, `customer_name`, `created_from`, `q`, ..."""
        return self._each("/v1/orders", "orders", OrderSummary, **filters)

    def cancel(self, number: str, reason: str, *, notify_customer: bool, key: str | None = None) -> Order:
        """Cancel an order, until the warehouse has been told to work it. Raises Refused."""
        said = {"reason": reason, "notify_customer": notify_customer}
        return read(Order, self._post(f"/v1/orders/{_segment(number)}/cancellation", said, key=key))

    def pay(self, number: str, token: str, *, key: str | None = None, wait: int | None = None) -> Operation:
        """Pay what is missing by another card, after the first was declined."""
        said = {"method": "card", "token": token}
        return read(Operation, self._post(f"/v1/orders/{_segment(number)}/payments", said, key=key, wait=wait))

    def payments(self, number: str) -> list[Payment]:
        """Give the payments of an order."""
        said = self._get(f"/v1/orders/{_segment(number)}/payments")
        return [read(Payment, each) for each in said["payments"]]

    def subscribe(
        self, url: str, events: Sequence[str] = ("*",), *, description: str | None = None
    ) -> EndpointWithSecret:
        """Have an address told of events from now on. The secret is shown this once: keep it."""
        said: dict[str, Any] = {"url": url, "events": list(events)}
        if description is not None:
            said["description"] = description
        return read(EndpointWithSecret, self._post("/v1/webhook-endpoints", said))

    def endpoints(self) -> Iterator[Endpoint]:
        """Give the addresses that are told of events."""
        return self._each("/v1/webhook-endpoints", "webhook_endpoints", Endpoint)

    def unsubscribe(self, endpoint_id: int) -> None:
        """Tell an address nothing any more."""
        self._ask("DELETE", f"/v1/webhook-endpoints/{endpoint_id}")

    def change_secret(self, endpoint_id: int, *, overlap_seconds: int = 86_400) -> EndpointWithSecret:
        """Make a new secret; for a while the former one signs as well."""
        said = {"overlap_seconds": overlap_seconds}
        return read(EndpointWithSecret, self._post(f"/v1/webhook-endpoints/{endpoint_id}/secret", said))

    def try_endpoint(self, endpoint_id: int, *, wait: int | None = None) -> Delivery:
        """Have `webhook.test` sent to an address; with `wait` (seconds) the answer says what it answered."""
        return read(Delivery, self._post(f"/v1/webhook-endpoints/{endpoint_id}/test", {}, wait=wait))

    def deliveries(self, **filters: str | int) -> Iterator[Delivery]:
        """Give what was told, the latest first: `endpoint_id`, `order`, `status`."""
        return self._each("/v1/webhook-deliveries", "webhook_deliveries", Delivery, **filters)

    def replay_since(self, endpoint_id: int, since: str) -> int:
        """Have what was refused or kept back since a time told again; give how many events."""
        said = {"endpoint_id": endpoint_id, "since": since}
        return int(self._post("/v1/webhook-deliveries/replays", said)["replayed"])

    def _each(self, path: str, name: str, kind: type[Item], **query: Any) -> Iterator[Item]:
        page = self._get(path, **query)
        while True:
            for each in page[name]:
                yield read(kind, each)
            if page["next"] is None:
                return
            page = self._get(page["next"])

    def _get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, query={name: value for name, value in query.items() if value is not None})

    def _post(self, path: str, body: Mapping[str, Any], *, key: str | None = None, wait: int | None = None) -> Any:
        headers = {"Idempotency-Key": key or uuid4().hex, **({"Prefer": f"wait={wait}"} if wait else {})}
        return self._ask("POST", path, headers=headers, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask until somebody answers; every try is the same request, with the same idempotency key."""
        request = self._http.build_request(method, path, params=query or None, headers=headers, json=body)
        trouble = Unavailable(0, "no_answer", "nobody answered")
        for tried in range(1, self._tries + 1):
            try:
                answer = self._http.send(request)
            except httpx.TransportError as error:
                trouble = Unavailable(0, "no_answer", f"{type(error).__name__}: {error}")
                wait: float | None = None
            else:
                if answer.status_code < _FIRST_REFUSAL:
                    return answer.json()
                problem = problem_of(answer.status_code, answer.content)
                running = answer.status_code == _CONFLICT and problem.code == _STILL_RUNNING
                if answer.status_code not in _TRY_AGAIN and not running:
                    raise problem
                trouble = Unavailable(**vars(problem))
                wait = _retry_after(answer)
            if tried < self._tries:
                self._pause(_wait(tried) if wait is None else wait)
        raise trouble


def _wait(tried: int) -> float:
    return float(min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tried - 1)) * random.uniform(0.5, 1))  # noqa: S311 - no secret


def _retry_after(answer: httpx.Response) -> float | None:
    said = answer.headers.get("Retry-After", "")
    return min(float(said), 60.0) if said.isdigit() else None


def _segment(name: str) -> str:
    """Write a name as one part of a path."""
    return quote(name, safe="")
