"""E-mail addresses: what can be delivered to, and who the mail is from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from fulfillment.kernel.errors import Invalid

LONGEST_ADDRESS: Final = 254  # octets of a path that every mail server has to take (RFC 5321 4.5.3.1.3)

# Quoted local parts and address literals are legal and nobody's: refusing them leaves nothing that could end a header
# or an SMTP command.
_ADDRESS: Final = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>()\[\],;:\\\"@]+@[^\s\x00-\x20\x7f-\x9f<>()\[\],;:\\\"@]+")


def deliverable(address: str) -> str:
    """
    Give the address as it goes on the wire, its domain in ASCII.

    Raises ValueError, without repeating the address, where it is none.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError("the recipient is not an e-mail address")
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("the recipient is not an e-mail address") from None
    if len(local.encode()) + 1 + len(domain) > LONGEST_ADDRESS:
        raise ValueError("the e-mail address of the recipient is too long")
    return f"{local}@{domain}"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mail is from: a name, which may be empty, and an address."""

    name: str
    address: str

    @classmethod
    def parse(cls, mail_from: str) -> Self:
        """Read `orders@shop.example` or `The Shop <orders@shop.example>`. Raises Invalid where it is neither."""
        name, bracket, address = mail_from.strip().rpartition("<")
        try:
            if bracket and not (address.endswith(">") and name.isprintable()):
                raise ValueError  # noqa: TRY301  both ways of being none are refused alike
            return cls(name.strip().strip('"'), deliverable(address.removesuffix(">") if bracket else address))
        except ValueError:
            raise Invalid(
                f"MAIL_FROM is not a sender: {mail_from!r}", remedy="Write it as: The Shop <orders@shop.example>"
            ) from None

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]
