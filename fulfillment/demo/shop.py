"""Thistle & Tide, a harbor shop of small comforts. Everything in here is invented."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Range(StrEnum):
    """Where a product is found, which decides what becomes of its orders."""

    HARBOR = "harbor"
    """On the shelves of the first warehouse, enough for the day."""
    LOFT = "loft"
    """On those of the second."""
    NOWHERE = "nowhere"
    """Needs no shipping."""
    LATE = "late"
    """Sold out until the afternoon's delivery."""
    NEVER = "never"
    """Sold out, and nothing comes today."""
    LAST = "last"
    """Fewer pieces than people who want one; the checkout is refused when they are gone."""


@dataclass(frozen=True)
class Product:
    """One SKU. `pence` is its price in the UK; abroad the storefront sends its own."""

    sku: str
    name: str
    pence: int
    range: Range = Range.HARBOR
    when_short: str = "backorder"

    @property
    def as_sent(self) -> dict[str, Any]:
        """As `POST /v1/products` takes it."""
        return {
            "sku": self.sku,
            "name": self.name,
            "price": {"amount": self.pence, "currency": "GBP"},
            "needs_shipping": self.range is not Range.NOWHERE,
            "when_short": self.when_short,
        }

    def price(self, currency: str) -> int:
        """The price in minor units. One penny is 1.9 yen here, rounded to tens."""
        return self.pence if currency == "GBP" else round(self.pence * 0.19) * 10


_LOFT, _NOWHERE, _LATE, _NEVER, _LAST = Range.LOFT, Range.NOWHERE, Range.LATE, Range.NEVER, Range.LAST

PRODUCTS: Final = (
    Product("TEA-FOG", "Fog Bank breakfast tea, 40 bags", 650),
    Product("TEA-DRIFT", "Driftwood smoked tea, tin", 1150),
    Product("MUG-GULL", "Mug that a gull has signed", 1400),
    Product("MUG-TIDE", "Tide table mug, wrong since 1987", 1350),
    Product("SOAP-KELP", "Kelp and rosemary soap", 575),
    Product("SOAP-ROPE", "Soap on an honest rope", 725),
    Product("CANDLE-RAIN", "Candle: rain on slate", 1600),
    Product("CANDLE-SHED", "Candle: grandfather's shed", 1600),
    Product("SOCKS-COD", "Cod-print socks, left and left", 900),
    Product("SOCKS-STORM", "Storm-watch socks, merino", 1450),
    Product("CARD-WHALE", "Postcards of one patient whale, set of 8", 480),
    Product("PENCIL-PIER", "Pencils from the old pier, box of 6", 620),
    Product("JAM-SAMPHIRE", "Samphire marmalade", 540),
    Product("JAM-PLUM", "Widow Merrow's plum jam", 560),
    Product("OAT-BISCUIT", "Oat biscuits that survived the crossing", 430),
    Product("KNOT-BOARD", "Board of knots, all but one named", 2800, when_short="deny"),
    Product("BELL-DOOR", "Brass doorbell for shy visitors", 3400, when_short="deny"),
    Product("BLANKET-HARR", "Haar blanket, sea gray", 6900, _LOFT),
    Product("BLANKET-DUNE", "Dune blanket, sand", 6900, _LOFT),
    Product("LAMP-BUOY", "Buoy lamp, blinks in no known code", 8200, _LOFT),
    Product("STOOL-CRATE", "Stool that was a crate and remembers", 4500, _LOFT),
    Product("CLOCK-ELEVEN", "Clock, eleven hours", 5600, _LOFT),
    Product("KETTLE-HUM", "Kettle that hums before it sings", 4900, _LOFT),
    Product("QUILT-CHART", "Quilt of uncharted islands", 11900, _LOFT),
    Product("CUSHION-SEAL", "Seal-shaped cushion, mildly judging", 2600, _LOFT),
    Product("BASKET-EEL", "Eel-trap basket for umbrellas", 3100, _LOFT),
    Product("MIRROR-PORT", "Porthole mirror, 30 cm", 5200, _LOFT),
    Product("CHIME-SPOON", "Wind chime of eleven lost spoons", 2300, _LOFT),
    Product("GIFT-10", "Gift card, 10", 1000, _NOWHERE),
    Product("GIFT-50", "Gift card, 50", 5000, _NOWHERE),
    Product("PATTERN-GANSEY", "Knitting pattern: a gansey for a tall person", 450, _NOWHERE),
    Product("CLASS-KNOTS", "An evening of knots, one place", 2500, _NOWHERE),
    Product("SCARF-HERRING", "Herringbone scarf with actual herring", 3300, _LATE),
    Product("BOOTS-PUDDLE", "Puddle boots, optimistic yellow", 4200, _LATE),
    Product("RADIO-SHIP", "Shipping forecast radio, one station", 5900, _LATE),
    Product("GLOBE-SNOW", "Snow globe with drizzle", 1900, _NEVER),
    Product("TEAPOT-TWIN", "Teapot with two spouts, for neighbors", 3700, _NEVER),
    Product("BOTTLE-MSG", "Bottle, message included", 1500, _NEVER),
    Product("LENS-LIGHT", "Lens of the old lighthouse, a piece of it", 14500, _LAST, "deny"),
    Product("STAMP-1", "Stamp of an island that sank", 700, when_short="deny"),
)

MARKETS: Final = (
    {"code": "UK", "name": "Thistle & Tide", "currency": "GBP", "releases_automatically": True},
    {"code": "JP", "name": "Thistle & Tide Nippon", "currency": "JPY", "releases_automatically": False},
)
CURRENCY: Final = {"UK": "GBP", "JP": "JPY"}
SHIPPING: Final = {"UK": 395, "JP": 900}

WAREHOUSES: Final = (
    {"code": "HARBOR", "name": "Harbor shed, by the slip", "priority": 1},
    {"code": "LOFT", "name": "Net loft, up the hill", "priority": 2},
)

_FIRST = ("Ada", "Bram", "Cora", "Davy", "Effie", "Fergus", "Greta", "Hana", "Isak", "Juno")
_LAST_NAMES = ("Merrow", "Quill", "Saltash", "Tanaka")
_COUNTRY = {"UK": "GB", "JP": "JP"}
_PLACES = {
    "UK": (("4 Slip Lane", "Wetherby Quay", "WQ1 4SL"), ("17 Gull Terrace", "Saint Orrin", "SO9 2GT")),
    "JP": (("2-8 Namimachi", "Shiosai", "000-0028"), ("5-1 Todaimae", "Kamome", "000-0051")),
}


@dataclass(frozen=True)
class Customer:
    """Somebody who buys, always in the same market."""

    name: str
    email: str
    market: str
    address: dict[str, str]


def _customer(n: int) -> Customer:
    first, last, market = _FIRST[n % 10], _LAST_NAMES[n // 10], "JP" if n % 3 == 2 else "UK"  # noqa: PLR2004 - a third
    line1, city, postal_code = _PLACES[market][n % 2]
    name = f"{first} {last}"
    address = {"name": name, "line1": line1, "city": city, "postal_code": postal_code, "country": _COUNTRY[market]}
    return Customer(name, f"{first}.{last}@example.com".lower(), market, address)


CUSTOMERS: Final = tuple(_customer(n) for n in range(40))
