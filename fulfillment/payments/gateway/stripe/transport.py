"""The library's conversation with Stripe, over connections on which every exchange has an end and a size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpcore
import httpx
import stripe

from fulfillment.network.deadline import DeadlineTransport

ANSWER_BYTES: Final = 2 * 1024 * 1024  # A page of a hundred refunds is some 150 kB; more must not fill our memory.
_TIMED_OUT: Final = (httpx.TimeoutException, httpcore.TimeoutException)


class BoundedClient(stripe.HTTPClient):
    """
    An HTTP client for the library: one exchange per request, nothing repeated, followed or taken from proxy variables.

    `name` is what the library tells Stripe of it.
    """

    name = "httpx"

    def __init__(self, *, connect: float, read: float, total: float, concurrency: int) -> None:
        super().__init__()
        self._client = httpx.Client(
            timeout=httpx.Timeout(connect=connect, read=read, write=read, pool=total),
            transport=DeadlineTransport(seconds=total, connections=concurrency),
            headers={"Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Exchange one request for one answer. Raises stripe.APIConnectionError with the code `timeout` or `connection`."""
        try:
            request = self._client.build_request(method.upper(), url, headers=headers, content=post_data)
            response = self._client.send(request, stream=True)
            try:
                content = _limited(response)
            finally:
                response.close()
        except _TIMED_OUT as late:
            raise _no_answer("timeout", late) from late
        except stripe.APIConnectionError:
            raise
        except Exception as broken:  # whatever the other side sends
            raise _no_answer("connection", broken) from broken
        return content.decode("utf-8", "replace"), response.status_code, response.headers

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _limited(response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > ANSWER_BYTES:
            raise _no_answer("too_large", ValueError(f"the answer was larger than {ANSWER_BYTES} bytes"))
    return bytes(content)


def _no_answer(code: str, why: Exception) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(f"{type(why).__name__}: {why}", code=code)
