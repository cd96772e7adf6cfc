"""The plan of the day: who orders what and when, what stock that takes, and what must become of every order."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fulfillment.demo import stories
from fulfillment.demo.shop import CURRENCY, CUSTOMERS, PRODUCTS, SHIPPING, Customer, Product, Range
from fulfillment.demo.stories import End, Story

LEAST: Final = 40
"""Orders below which some story would not be told."""
_MOST_LINES: Final = {Range.HARBOR: 3, Range.LOFT: 2}
_WAREHOUSE: Final = {Range.LOFT: "LOFT"}  # all else lies in HARBOR
_DISCOUNT: Final = {"UK": 200, "JP": 380}


@dataclass(frozen=True)
class Planned:
    """One checkout to come. `n` counts from 1 over the day; `wave` is 0 for the morning, 1 for the afternoon."""

    n: int
    story: Story
    wave: int
    customer: Customer
    basket: tuple[tuple[Product, int], ...]
    discounted: bool

    @property
    def key(self) -> str:
        """The Idempotency-Key: the same for every try of this checkout, and for no other."""
        return f"checkout-{self.n:05}"

    @property
    def ships(self) -> bool:
        """Whether anything in the basket needs a carrier."""
        return any(product.range is not Range.NOWHERE for product, _ in self.basket)

    @property
    def body(self) -> dict[str, Any]:
        """As `POST /v1/checkouts` takes it. Abroad the storefront sends its own prices; at home the catalog's count."""
        market = self.customer.market
        lines = [self._line(product, quantity) for product, quantity in self.basket]
        body = {
            "market": market,
            "reference": f"cart-{self.n}",
            "customer": {"name": self.customer.name, "email": self.customer.email},
            "lines": lines,
            "payments": [{"method": "card", "token": self.story.token}],
        }
        if self.ships:
            body |= {"ship_to": self.customer.address, "shipping_method": "post", "shipping": self._money(SHIPPING)}
        return body | ({"discount": self._money(_DISCOUNT)} if self.discounted else {})

    def _line(self, product: Product, quantity: int) -> dict[str, Any]:
        currency = CURRENCY[self.customer.market]
        line: dict[str, Any] = {"sku": product.sku, "quantity": quantity}
        if currency != "GBP":
            line["price"] = {"amount": product.price(currency), "currency": currency}
        return line

    def _money(self, amounts: dict[str, int]) -> dict[str, Any]:
        return {"amount": amounts[self.customer.market], "currency": CURRENCY[self.customer.market]}


@dataclass(frozen=True)
class Plan:
    """The whole day. Receipts are pieces by SKU, by warehouse."""

    checkouts: tuple[Planned, ...]
    receipts: dict[str, dict[str, int]]
    late_receipts: dict[str, dict[str, int]]

    @property
    def ends(self) -> Counter[tuple[str, End]]:
        """How many orders of each story must end where."""
        told = Counter(planned.story for planned in self.checkouts)
        return Counter({(story.name, end): count for story in told for end, count in _shared(story, told[story])})


def plan(orders: int, *, seed: int = 1) -> Plan:
    """Deal out the stories, fill the baskets, and count the stock that makes each story come true."""
    dice = random.Random(seed)
    checkouts = tuple(_planned(n, story, wave, dice) for n, (story, wave) in enumerate(_dealt(orders, dice), start=1))
    wanted = Counter[Product]()
    for planned in checkouts:
        wanted.update(dict(planned.basket))
    first = {product: _on_hand(product, wanted[product], dice) for product in PRODUCTS}
    late = {product: wanted[product] for product in PRODUCTS if product.range is Range.LATE}
    return Plan(checkouts, _by_warehouse(first), _by_warehouse(late))


def _dealt(orders: int, dice: random.Random) -> list[tuple[Story, int]]:
    """Stories with their waves, the morning's first, each wave in a mixed order."""
    others = [story for story in stories.OTHERS for _ in range(max(len(story.ends), orders * story.share // 1000))]
    dealt = others + [stories.PLAIN] * (orders - len(others))
    told = Counter[Story]()
    with_waves = []
    for story in dealt:
        with_waves.append((story, story.waves[told[story] % len(story.waves)]))
        told[story] += 1
    dice.shuffle(with_waves)
    return sorted(with_waves, key=lambda dealt: dealt[1])


def _planned(n: int, story: Story, wave: int, dice: random.Random) -> Planned:
    buyers = [customer for customer in CUSTOMERS if story.market in {None, customer.market}]
    basket = tuple(_basket(story, dice))
    return Planned(n, story, wave, dice.choice(buyers), basket, discounted=dice.random() < 1 / 8)


def _basket(story: Story, dice: random.Random) -> Iterator[tuple[Product, int]]:
    for each in story.ranges:
        found = [product for product in PRODUCTS if product.range is each]
        for product in dice.sample(found, dice.randint(1, _MOST_LINES.get(each, 1))):
            yield product, 1 if each is Range.LAST else dice.choice((1, 1, 1, 2, 3))


def _on_hand(product: Product, wanted: int, dice: random.Random) -> int:
    """Pieces in the morning: all that will be wanted and some over, half of it, or none."""
    match product.range:
        case Range.HARBOR | Range.LOFT:
            return wanted + dice.randint(3, 12)
        case Range.LAST:
            return wanted // 2
        case _:
            return 0


def _by_warehouse(pieces: dict[Product, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {"HARBOR": {}, "LOFT": {}}
    for product, quantity in pieces.items():
        if quantity:
            found[_WAREHOUSE.get(product.range, "HARBOR")][product.sku] = quantity
    return {warehouse: skus for warehouse, skus in found.items() if skus}


def _shared(story: Story, told: int) -> Iterator[tuple[End, int]]:
    """A story with two ends is one of scarcity: the first half of those who come, whoever they are, and the others."""
    if len(story.ends) == 1:
        yield story.end, told
    else:
        first, others = story.ends
        yield first, told // 2
        yield others, told - told // 2
