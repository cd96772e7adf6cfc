"""Addresses that others chose: only public ones are gone to, looked up once, and what they do has an end."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from fulfillment.network import post
from fulfillment.network.outward import AddressRefused, Neighbors, addresses_of, is_public, refuse_url
from fulfillment.network.post import Answer, HttpOutward

INSIDE = (
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
    *("::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::808:808", "fe80::1", "fec0::1", "fc00::1"),
    *("fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "100::1"),
)
OUTSIDE = ("8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::808:808")


def test_addresses_inside_are_told_from_those_outside() -> None:
    assert [each for each in INSIDE if is_public(ip_address(each))] == []
    assert [each for each in OUTSIDE if not is_public(ip_address(each))] == []


@pytest.mark.parametrize(
    "url",
    [
        *("http://shop.example/", "https://shop.example:22/", "https://shop.example:6379/", "ftp://shop.example/"),
        *("https://me@shop.example/", "https://me:secret@shop.example/", "https://shop.example/#part", "https:///x"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/", "https://169.254.169.254/latest/"),
        *(
            "https://shop.example:port/",
            "https://shop.example/\r\nHost: x",
            "https://shop\\.example/",
            "//shop.example",
        ),
        *(
            "https://sh\u00f6p.example/",
            "https://shop.example/" + "x" * 2000,
            "javascript:alert(1)",
            "file:///etc/passwd",
        ),
    ],
)
def test_an_address_that_we_never_go_to_is_refused_before_anybody_looks_it_up(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        refuse_url(url, Neighbors(None))
    assert refused.value.remedy


def test_a_name_is_refused_where_any_of_its_addresses_is_inside() -> None:
    for each in INSIDE:
        with pytest.raises(AddressRefused):
            addresses_of("shop.example", 443, Neighbors(None), look_up=lambda *_, found=each: ["8.8.8.8", found])
    many = ["8.8.8.8", "8.8.4.4", "1.1.1.1", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001:80b::200e", "9.9.9.9"]
    tried = ["8.8.8.8", "2606:4700::1111", "8.8.4.4", "2a00:1450:4001:80b::200e"]
    assert addresses_of("shop.example", 443, Neighbors(None), look_up=lambda *_: many) == tried
    with pytest.raises(OSError, match="no address is known"):
        addresses_of("shop.example", 443, Neighbors(None), look_up=lambda *_: [])


def test_other_spellings_of_this_machine_are_looked_up_for_what_they_are() -> None:
    for spelling in ("127.1", "0x7f000001", "2130706433", "017700000001", "localhost"):
        with pytest.raises(AddressRefused):
            addresses_of(spelling, 443, Neighbors(None))


def test_an_operator_may_name_hosts_inside() -> None:
    neighbors = Neighbors("localhost:8080, Receiver.Internal")
    refuse_url("http://localhost:8080/hooks", neighbors)
    refuse_url("http://receiver.internal:9000/hooks", neighbors)
    assert addresses_of("receiver.internal", 9000, neighbors, look_up=lambda *_: ["10.0.0.9"]) == ["10.0.0.9"]
    with pytest.raises(AddressRefused):
        refuse_url("http://localhost:8081/hooks", neighbors)
    for nonsense in ("http://host", "a/b", "me@host", "host:port"):
        with pytest.raises(ValueError, match=r"host|port"):
            Neighbors(nonsense)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a caller that hangs up: many of these do."""


class _Receiver(BaseHTTPRequestHandler):
    """Does what the path says, and counts who came."""

    came: list[str]

    def do_POST(self) -> None:
        self.came.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/redirect":
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.send_header("Set-Cookie", "a=b")
            self.end_headers()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x\x00" * 5000)
        elif self.path == "/cut":
            self.connection.close()
        else:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    _Receiver.came = []
    with _Server(("127.0.0.1", 0), _Receiver) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def _asked(outward: HttpOutward, url: str) -> Answer:
    [answer] = outward.each(lambda send, it: send(it, b"{}", {"Content-Type": "application/json"}), [url])
    return answer


def test_what_a_receiver_does_has_an_answer(receiver: ThreadingHTTPServer) -> None:
    outward = HttpOutward(Neighbors("127.0.0.1"))
    base = f"http://127.0.0.1:{receiver.server_port}"
    answers = {path: _asked(outward, f"{base}/{path}") for path in ("fine", "redirect", "endless", "cut")}
    outward.close()

    assert (answers["fine"].status, answers["fine"].said) == (200, "ok")
    assert answers["redirect"].status == 307
    assert "/elsewhere" not in _Receiver.came
    assert (answers["endless"].status, answers["endless"].said) == (200, "x x" + " x" * 98)
    assert (answers["cut"].status, answers["cut"].code) == (None, "connection")


def test_what_was_looked_at_is_what_is_connected_to(
    receiver: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with two answers (DNS rebinding): the first is public, the second would be this machine."""
    asked: list[str] = []

    def first_here(host: str, port: int, neighbors: Neighbors) -> list[str]:
        asked.append(host)
        return addresses_of(host, port, neighbors, look_up=lambda *_: ["127.0.0.1"])

    monkeypatch.setattr(post, "addresses_of", first_here)
    refusing, naming = HttpOutward(Neighbors(None)), HttpOutward(Neighbors("shop.example"))
    refused = _asked(refusing, "https://shop.example:8443/hooks")
    answered = _asked(naming, f"http://shop.example:{receiver.server_port}/hooks")
    refusing.close()
    naming.close()

    assert (refused.status, refused.code) == (None, "address_refused")
    assert (answered.status, answered.said) == (200, "ok")  # connected to what the one look-up gave
    assert asked == ["shop.example", "shop.example"]
    assert _Receiver.came == ["/hooks"]


def test_one_address_after_the_other_is_tried_until_somebody_answers(
    receiver: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"shop.example": ["127.0.0.2", "::1", "127.0.0.1"], "nobody.example": ["127.0.0.2", "127.0.0.3"]}

    def look_up(host: str, port: int, neighbors: Neighbors) -> list[str]:
        return addresses_of(host, port, neighbors, look_up=lambda *_: found[host])

    monkeypatch.setattr(post, "addresses_of", look_up)
    outward = HttpOutward(Neighbors("shop.example, nobody.example"))
    answered = _asked(outward, f"http://shop.example:{receiver.server_port}/hooks")
    nobody = _asked(outward, f"http://nobody.example:{receiver.server_port}/hooks")
    outward.close()

    assert (answered.status, answered.said) == (200, "ok")
    assert (nobody.status, nobody.code) == (None, "connection")
    assert _Receiver.came == ["/hooks"]
