"""
An HTTP transport on which a whole exchange has an end.

The read time-out of an HTTP client begins anew with every byte, so a server that drips one byte per second holds its
caller for hours. Here the clock starts with the first byte of a request, and every read gets only what is left.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import httpcore
import httpx


class DeadlineTransport(httpx.BaseTransport):
    """
    Connections to other parties; every exchange over them ends within `seconds`, or raises httpcore.ReadTimeout.

    `addresses_of` gives, by host and port, the addresses to try, one after the other within the time for one connection;
    where it is missing, the system looks them up.
    """

    def __init__(
        self, *, seconds: float, connections: int, addresses_of: Callable[[str, int], Sequence[str]] | None = None
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=20.0,
            retries=0,  # Every send is a row of ours: nobody below us may repeat one.
            network_backend=_Backend(seconds, addresses_of),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange one request for one response. Raises httpcore's errors."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method.encode(),
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Backend(httpcore.SyncBackend):
    def __init__(self, seconds: float, addresses_of: Callable[[str, int], Sequence[str]] | None) -> None:
        self._seconds = seconds
        self._addresses_of = addresses_of

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        # What was looked at is what is connected to: a name that is looked up twice may have two answers.
        addresses = [host] if self._addresses_of is None else self._addresses_of(host, port)
        ends = None if timeout is None else time.monotonic() + timeout
        for left in reversed(range(len(addresses))):
            # One that says nothing may use up its share of the time, and not that of the others.
            seconds = None if ends is None else max(0.0, ends - time.monotonic()) / (left + 1)
            try:
                stream = super().connect_tcp(addresses[-1 - left], port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 0:
                    raise
            else:
                return _Stream(stream, self._seconds)
        raise httpcore.ConnectError(f"no address is known for {host}")


class _Stream(httpcore.NetworkStream):
    """A connection which knows when its exchange began: with the first write after a read."""

    def __init__(self, inner: httpcore.NetworkStream, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds
        self._ends: float | None = None
        self._writing = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._writing = False
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not self._writing:
            self._writing = True
            self._ends = time.monotonic() + self._seconds
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._seconds)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None) -> float | None:
        if self._ends is None:
            return timeout
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long")
        return left if timeout is None else min(left, timeout)
