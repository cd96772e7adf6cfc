"""The proxy of the links: what it passes on, and each way in which it does not."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from fulfillment.chaos.faults.proxy import Mode, Proxy


class Echo(socketserver.ThreadingTCPServer):
    """Says back whatever it hears, and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        super().__init__(("127.0.0.1", 0), SayBack)


class SayBack(socketserver.BaseRequestHandler):
    server: Echo

    def handle(self) -> None:
        while said := self.request.recv(100):
            self.server.heard.append(said)
            self.request.sendall(said)


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(("127.0.0.1", echo.server_address[1])) as proxy:
        yield proxy


@pytest.fixture
def link(proxy: Proxy) -> Iterator[socket.socket]:
    with connected(proxy) as link:
        assert said_back(link, b"first") == b"first"
        yield link


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=20)


def said_back(link: socket.socket, what: bytes) -> bytes:
    link.sendall(what)
    return link.recv(100)


def is_turned_away(proxy: Proxy) -> bool:
    try:
        with connected(proxy) as fresh:
            return said_back(fresh, b"hello") == b""
    except ConnectionError:
        return True


def nothing_comes(link: socket.socket) -> bool:
    link.settimeout(0.3)
    try:
        link.recv(100)
    except TimeoutError:
        return True
    finally:
        link.settimeout(20)
    return False


def test_a_slow_link_passes_everything_on(proxy: Proxy, link: socket.socket) -> None:
    proxy.behave(Mode.SLOW)
    assert said_back(link, b"second") == b"second"


def test_a_reset_is_told_and_a_new_connection_is_well(proxy: Proxy, link: socket.socket) -> None:
    proxy.reset_all()
    with pytest.raises(ConnectionResetError):
        link.recv(100)
    with connected(proxy) as fresh:
        assert said_back(fresh, b"again") == b"again"


def test_who_is_refused_is_reset(proxy: Proxy, link: socket.socket) -> None:
    proxy.behave(Mode.REFUSED)
    assert is_turned_away(proxy)
    assert said_back(link, b"second") == b"second"


def test_an_answer_is_lost_after_what_was_said_has_arrived(proxy: Proxy, link: socket.socket, echo: Echo) -> None:
    proxy.behave(Mode.ANSWER_LOST)
    with pytest.raises(ConnectionResetError):
        said_back(link, b"second")
    assert echo.heard == [b"first", b"second"]


def test_answers_that_wait_come_when_the_link_is_well_again(proxy: Proxy, link: socket.socket) -> None:
    proxy.behave(Mode.NO_ANSWER)
    link.sendall(b"second")
    assert nothing_comes(link)
    proxy.behave(Mode.WELL)
    assert link.recv(100) == b"second"


def test_a_half_open_connection_is_silent_for_ever_and_a_new_one_is_well(proxy: Proxy, link: socket.socket) -> None:
    proxy.forget_all()
    link.sendall(b"second")
    assert nothing_comes(link)
    with connected(proxy) as fresh:
        assert said_back(fresh, b"again") == b"again"


def test_nothing_comes_out_of_a_black_hole(proxy: Proxy, link: socket.socket, echo: Echo) -> None:
    proxy.behave(Mode.BLACK_HOLE)
    link.sendall(b"second")
    with connected(proxy) as fresh:
        fresh.sendall(b"third")
        assert nothing_comes(fresh)
    assert echo.heard == [b"first"]
