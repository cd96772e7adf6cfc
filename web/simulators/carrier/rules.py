"""What the simulated carrier takes, and what it asks for it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

CURRENCY: Final = "GBP"


@dataclass(frozen=True, slots=True)
class Service:
    """A service: how many days it takes, how heavy a parcel may be, what it costs at home. Amounts are minor units."""

    code: str
    name: str
    days: int
    most_grams: int
    base: int
    per_500_grams: int


SERVICES: Final = MappingProxyType(
    {
        each.code: each
        for each in (
            Service("economy", "Economy letter", 5, 2_000, 240, 60),
            Service("standard", "Standard parcel", 3, 30_000, 350, 80),
            Service("express", "Express, next day", 1, 20_000, 900, 120),
        )
    }
)

REFUSALS: Final = MappingProxyType(
    {
        "unknown_service": "There is no such service.",
        "too_heavy": "The parcel is too heavy for this service.",
        "not_served": "Nothing is carried to this country.",
        "no_address": "The parcel has no street and city to go to.",
        "refused": "Refused on request.",
        "no_such_label": "There is no such label.",
        "voided": "A label of it was given back.",
        "on_a_manifest": "A parcel of it is on a manifest already.",
        "handed_over": "The parcel was handed over: its label is to be paid for.",
    }
)

NOT_SERVED: Final = ("AQ", "KP")
_NEAR: Final = frozenset(
    ("AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "LU", "NL", "NO", "PL", "PT", "SE")
)


def price(service: Service, grams: int, origin: str, target: str) -> int:
    """What a service costs, in minor units: by every 500 grams begun, twice as much to a near country, four times to a far one."""
    near = {origin, target} <= _NEAR
    zone = 1 if origin == target else 2 if near else 4
    return zone * (service.base + service.per_500_grams * -(-grams // 500))


def refuse(service: str, grams: int, target: str, *, has_address: bool = True) -> str | None:
    """Why a parcel is not carried, as a code; None where it is."""
    if (found := SERVICES.get(service)) is None:
        return "unknown_service"
    if target in NOT_SERVED:
        return "not_served"
    if not has_address:
        return "no_address"
    return "too_heavy" if grams > found.most_grams else None


def rates(grams: int, origin: str, target: str) -> Sequence[tuple[Service, int]]:
    """What every service that takes a parcel would cost."""
    return [
        (service, price(service, grams, origin, target))
        for service in SERVICES.values()
        if refuse(service.code, grams, target) is None
    ]
