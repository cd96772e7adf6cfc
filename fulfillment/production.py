"""
What a system that sells to real people must not run with. Pure: it is told what is set and touches nothing.

A trial runs with whatever there is. With ENVIRONMENT=production each of these keeps every process from starting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

SHORTEST_SECRET: Final = 32
"""Characters of what sessions are signed with."""

_SHORTEST_PASSWORD: Final = 12
_ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})
_KNOWN_TO_ALL: Final = ("admin", "changeme", "fulfillment", "guest", "password", "postgres", "secret")
_SWITCHES: Final[Mapping[str, str]] = {
    "FLASK_DEBUG": "it shows the inside of the program to whoever causes an error",
    "FULFILLMENT_CRASH_AT": "it kills processes on purpose",
    "CHAOS_UNFENCED": "it takes out what keeps work from being done twice",
}


class Configured(Protocol):
    """The settings that are looked at."""

    @property
    def database_url(self) -> str | None: ...  # noqa: D102 - as the setting says
    @property
    def broker(self) -> str | None: ...  # noqa: D102
    @property
    def payment_gateway(self) -> str: ...  # noqa: D102
    @property
    def stripe_key(self) -> str | None: ...  # noqa: D102
    @property
    def gateway_url(self) -> str | None: ...  # noqa: D102
    @property
    def carrier_url(self) -> str | None: ...  # noqa: D102
    @property
    def mail_url(self) -> str | None: ...  # noqa: D102
    @property
    def mail_from(self) -> str: ...  # noqa: D102
    @property
    def given_session_secret(self) -> str | None: ...  # noqa: D102
    @property
    def over_https(self) -> bool: ...  # noqa: D102
    @property
    def private_network(self) -> bool: ...  # noqa: D102
    @property
    def log_level(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Unsafe:
    """One thing that must be put right. No value is repeated: addresses hold passwords."""

    variable: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.reason}: {self.remedy}"


def unsafe_settings(settings: Configured, environ: Mapping[str, str]) -> list[Unsafe]:
    """List what keeps these settings, and the variables of the machine, from production; nothing where all is well."""
    return [
        *_database(settings),
        *_broker(settings),
        *_money(settings),
        *_carrier(settings),
        *_mail(settings),
        *_pages(settings),
        *_switches(settings, environ),
    ]


def _database(settings: Configured) -> Iterator[Unsafe]:
    name = "DATABASE_URL"
    if settings.database_url is None:
        yield Unsafe(name, "the embedded database is for trials", "set the address of a PostgreSQL that is backed up")
        return
    url = urlsplit(settings.database_url)
    if _is_weak(url):
        yield Unsafe(name, *_WEAK)
    modes = parse_qs(url.query).get("sslmode", [])
    if _may_be_listened_to(url, settings) and not set(modes) & _ENCRYPTED:
        yield Unsafe(
            name,
            "what is said to the database can be read on its way",
            f"add ?sslmode=verify-full, or {_PRIVATE}",
        )


def _broker(settings: Configured) -> Iterator[Unsafe]:
    name = "REDIS_URL or BROKER_URL"
    if settings.broker is None:
        yield Unsafe(name, "the embedded broker is for trials", "set the address of a Redis or RabbitMQ")
        return
    url = urlsplit(settings.broker)
    if _is_weak(url):
        yield Unsafe(name, *_WEAK)
    if _may_be_listened_to(url, settings):
        if url.scheme not in ("rediss", "amqps"):
            yield Unsafe(
                name, "what is said to the broker can be read on its way", f"use rediss: or amqps:, or {_PRIVATE}"
            )
        if not url.password:
            yield Unsafe(name, "anybody may command the broker", f"give it a password, or {_PRIVATE}")


def _money(settings: Configured) -> Iterator[Unsafe]:
    if settings.payment_gateway == "simulated":
        yield Unsafe("PAYMENT_GATEWAY", "the simulated gateway moves no money", "set stripe and STRIPE_SECRET_KEY_FILE")
    elif "_test_" in (settings.stripe_key or ""):
        yield Unsafe("STRIPE_SECRET_KEY", "a test key moves no money", "set the live key, best by _FILE")
    if settings.gateway_url is not None:
        yield from _plain("GATEWAY_URL", settings.gateway_url, settings)


def _carrier(settings: Configured) -> Iterator[Unsafe]:
    if settings.carrier_url is None:
        yield Unsafe(
            "CARRIER_URL",
            "the simulated carrier brings no parcel to anybody",
            "set the carrier's address, or none: where labels are made elsewhere",
        )
    else:
        yield from _plain("CARRIER_URL", settings.carrier_url, settings)


def _mail(settings: Configured) -> Iterator[Unsafe]:
    if settings.mail_url is None:
        yield Unsafe("MAIL_URL", "e-mails go to a folder and reach nobody", "set the address of a mail server")
    else:
        url = urlsplit(settings.mail_url)
        if url.scheme == "smtp" and not url.username and _may_be_listened_to(url, settings):
            yield Unsafe(
                "MAIL_URL",
                "e-mails may be sent unencrypted where the server offers nothing else",
                f"use smtps:, or a user (then encryption is insisted on), or {_PRIVATE}",
            )
    if settings.mail_from.rstrip(">").endswith(("@example.com", "@example.org", "@example.net")):
        yield Unsafe("MAIL_FROM", "nobody can answer to this sender", "set an address of your own")


def _pages(settings: Configured) -> Iterator[Unsafe]:
    secret = settings.given_session_secret
    if not secret:
        yield Unsafe(
            "SESSION_SECRET", "made up anew at each start, it signs everybody out", f"set one, best by _FILE: {_MADE}"
        )
    elif len(secret) < SHORTEST_SECRET or len(set(secret)) < SHORTEST_SECRET // 4:
        yield Unsafe(
            "SESSION_SECRET", f"it can be guessed: sessions are safe from {SHORTEST_SECRET} random characters up", _MADE
        )
    if not settings.over_https:
        yield Unsafe(
            "OVER_HTTPS",
            "people's cookies and clients' keys may go unencrypted",
            "put a proxy that speaks https before it, and set it to true",
        )


def _switches(settings: Configured, environ: Mapping[str, str]) -> Iterator[Unsafe]:
    if settings.log_level == "DEBUG":
        yield Unsafe("LOG_LEVEL", "DEBUG writes down more than is anybody's business", "set INFO")
    for name, reason in _SWITCHES.items():
        if environ.get(name, "0") not in ("", "0", "false"):
            yield Unsafe(name, reason, "unset it")


def _plain(name: str, address: str, settings: Configured) -> Iterator[Unsafe]:
    url = urlsplit(address)
    if url.scheme == "http" and _may_be_listened_to(url, settings):
        yield Unsafe(name, "what is said there can be read on its way", f"use https:, or {_PRIVATE}")


_PRIVATE: Final = "set PRIVATE_NETWORK=true where nobody else is on that network"
_WEAK: Final = (
    "its password is one that everybody tries first",
    f"choose a random one of {_SHORTEST_PASSWORD} characters or more",
)
_MADE: Final = "python -c 'import secrets; print(secrets.token_urlsafe(48))' makes one"


def _is_weak(url: SplitResult) -> bool:
    """Tell a password that is none. (A server may know its clients in another way: then there is none to look at.)"""
    if url.password is None:
        return False
    password = unquote(url.password)
    return (
        len(password) < _SHORTEST_PASSWORD
        or password.lower() in _KNOWN_TO_ALL
        or password == unquote(url.username or "")
    )


def _may_be_listened_to(url: SplitResult, settings: Configured) -> bool:
    """Tell whether what is said there leaves this machine, and others may be on its way."""
    named = parse_qs(url.query)  # of a database: its driver takes the host from there too
    hosts = [url.hostname, *named.get("host", []), *named.get("hostaddr", [])]
    return not (settings.private_network or all(map(_is_here, hosts)))


def _is_here(host: str | None) -> bool:
    if not host or host == "localhost" or host.startswith("/"):  # a socket in the file system
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
