"""
Addresses that somebody else chose: where we may be sent, and how little we say and hear there.

Whoever subscribes names an address, and our network reaches places that theirs does not. So only public addresses are
spoken to, by https, and a name is looked up once: what was looked at is what is connected to. A host that the operator named
(WEBHOOKS_MAY_REACH) is excepted, for development and for receivers inside.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from typing import Final
from urllib.parse import SplitResult, urlsplit

from fulfillment.kernel.errors import Invalid

PORTS: Final = (443, 8443)
"""The ports of public receivers; another one must be named by the operator."""

LONGEST_URL: Final = 2000
MOST_TRIED: Final = 4
"""Of the addresses of a name: whoever gives theirs a hundred does not make us knock at a hundred doors."""

_LOOK_UP_SECONDS: Final = 5.0

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[[str, int], Iterable[str]]

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_ALSO_REFUSED: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",  # looks public, and is the host below a virtual machine
        "192.0.0.0/24",  # of protocols, and of one cloud's machines
        "192.88.99.0/24",  # relays into 6to4
        "::/96",  # IPv4 addresses in disguise
        "::ffff:0:0/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",  # once 'site local'
    )
)


class AddressRefused(Invalid):
    """We do not go to this address."""

    code = "address_refused"


class Neighbors:
    """The hosts that the operator named: they may be private, speak http, and listen on any port, or on the one named."""

    def __init__(self, named: str | None) -> None:
        """`named` are hosts, or hosts with a port, divided by commas. Raises ValueError for what is none."""
        self._known = frozenset(_host_and_port(each) for each in (named or "").split(",") if each.strip())

    def include(self, host: str, port: int) -> bool:
        """Tell whether a host was named, with this port or without any."""
        name = host.lower().rstrip(".")
        return (name, port) in self._known or (name, None) in self._known


def refuse_url(url: str, neighbors: Neighbors) -> None:
    """
    Refuse what we would never go to, before anybody looks a name up.

    Raises AddressRefused: no https, a name and password in it, a port of something else, an address that is not public.
    """
    parts, port = _parts(url)
    host = parts.hostname or ""
    if neighbors.include(host, port):
        return
    if parts.scheme != "https":
        raise _refused("only https is spoken to", "give an https:// address")
    if port not in PORTS:
        raise _refused(f"port {port} is not spoken to", f"listen on one of the ports {', '.join(map(str, PORTS))}")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return  # a name: it is looked up when something is sent, each time anew
    _refuse_inside(literal)


def addresses_of(
    host: str, port: int, neighbors: Neighbors, *, look_up: LookUp | None = None, seconds: float = _LOOK_UP_SECONDS
) -> list[str]:
    """
    Look a host up, and give the addresses to try, one after the other: a few, of both kinds of network by turns.

    Raises AddressRefused where any of its addresses is not public, and OSError where nothing is found within some `seconds`.
    """
    found = list(dict.fromkeys((look_up or _looked_up(seconds))(host, port)))
    if not found:
        raise OSError(f"no address is known for {host}")
    if not neighbors.include(host, port):
        for each in found:
            _refuse_inside(ipaddress.ip_address(each.split("%", maxsplit=1)[0]))
    return _by_turns(found)[:MOST_TRIED]


def _by_turns(addresses: Sequence[str]) -> list[str]:
    """Where one kind of network does not get through, the other is not left to the end."""
    turn = {each: sum((":" in before) == (":" in each) for before in addresses[:n]) for n, each in enumerate(addresses)}
    return sorted(addresses, key=turn.__getitem__)


def is_public(address: IPAddress) -> bool:
    """Tell whether an address belongs to the internet, and not to this machine, its network, or its cloud."""
    if isinstance(address, ipaddress.IPv6Address) and address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if any(address in network for network in _ALSO_REFUSED if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _refuse_inside(address: IPAddress) -> None:
    if not is_public(address):
        raise _refused(
            "the address is not a public one",
            "give a public address; an operator may name a host inside (WEBHOOKS_MAY_REACH)",
        )


def _parts(url: str) -> tuple[SplitResult, int]:
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused("this is no address", "give an https:// address, in ASCII, without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        raise _refused("this is no address", "give an https:// address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused("this is no address of a web server", "give an https:// address")
    if parts.username is not None or parts.password is not None:
        raise _refused("a name or password stands in the address", "leave it out: requests are signed")
    if parts.fragment:
        raise _refused("a fragment stands in the address", "leave out what follows the #: it is never sent")
    return parts, port


def _refused(detail: str, remedy: str) -> AddressRefused:
    return AddressRefused(detail, remedy=remedy)


def _host_and_port(text: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{text.strip()}")
    if not parts.hostname or parts.path or parts.username:
        raise ValueError(f"{text.strip()!r} is neither a host nor host:port")
    return parts.hostname.lower().rstrip("."), parts.port


def _looked_up(seconds: float) -> LookUp:
    """The system's resolver knows no time limit, and waits for as long as its servers are silent."""

    def look_up(host: str, port: int) -> list[str]:
        threads = ThreadPoolExecutor(1, thread_name_prefix="look-up")
        try:
            asked = threads.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            return [str(found[4][0]) for found in asked.result(timeout=seconds)]
        except TookTooLong:
            raise OSError(f"looking up {host} took longer than {seconds:g} s") from None
        finally:
            threads.shutdown(wait=False)

    return look_up
