"""
Two sample days of a shop: one whose orders have all come to their end, and one whose orders are under way.

Every row is what the product's own verbs leave, so that a history repeated from it is what years of work would have left.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fulfillment.bench.history.shop import CUSTOMER, EMAIL, MARKETS, PERSON, SampleShop
from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, CheckoutPayment, Destination, LinePart
from fulfillment.checkout.place import place
from fulfillment.drafts.begin import begin
from fulfillment.orders.cancel import Cancellation, cancel
from fulfillment.orders.hold import hold
from fulfillment.payments.attempts.request import RefundWanted, request_refund
from fulfillment.shipments.picklist import request_picklist
from fulfillment.timeline.request import request_steps

# Of a hundred orders: how they end, and how those under way stand.
ENDED: Final = {"shipped": 80, "in two parcels": 6, "in sections": 3, "refunded": 4, "canceled": 4, "declined": 3}
UNDER_WAY: Final = {
    "assigned": 25,
    "waits for stock": 20,
    "released": 20,
    "packing": 10,
    "on hold": 8,
    "unpaid": 6,
    "half shipped": 6,
    "draft": 5,
}

_SECONDS_BETWEEN: Final = 200
_PER_PICKLIST: Final = 20
_STREETS: Final = ("Mill Lane", "Harbour Row", "Station Road", "Rue du Port", "Lindenweg", "Cedar Avenue")
_CITIES: Final = ("Leith", "Hull", "Bremen", "Lyon", "Galway", "Bergen", "Portland", "Saint Orrin")
_LINES: Final = (1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 8)
_PRICES: Final = (295, 450, 695, 1250, 1250, 1895, 2450, 3995, 7900, 14900)
_REFUND: Final = 100

_TO_RELEASE: Final = frozenset(
    ("shipped", "in two parcels", "in sections", "refunded", "released", "packing", "half shipped")
)
_TO_PICK: Final = _TO_RELEASE - {"released"}
_TO_SHIP: Final = _TO_PICK - {"packing"}
_SHIPMENTS: Final = """
SELECT id FROM shipment WHERE order_id = ANY (CAST(:orders AS bigint[])) AND status = :status ORDER BY number
"""
_OF_WAREHOUSE: Final = "SELECT id FROM shipment WHERE id = ANY (CAST(:ids AS bigint[])) AND warehouse_id = :place"
_ORDER_OF: Final = "SELECT order_id FROM shipment WHERE id = :id"
_PAYMENTS: Final = "SELECT id FROM payment WHERE order_id = :id ORDER BY position"


def walk_through(shop: SampleShop, shares: Mapping[str, int], orders: int) -> None:
    """Let a day of so many orders pass, each as its story goes; there is at least one of each where `orders` allow it."""
    stories = [story for story, share in shares.items() for _ in range(max(1, round(orders * share / 100)))]
    most = max(shares, key=lambda story: shares[story])
    stories = stories[:orders] + [most] * (orders - len(stories))
    random.Random(orders).shuffle(stories)
    _Day(shop).through(stories)


@dataclass(slots=True)
class _Day:
    shop: SampleShop
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    placed: list[tuple[str, int]] = field(default_factory=list)
    customers: int = 0

    def through(self, stories: Sequence[str]) -> None:
        for n, story in enumerate(stories, start=1):
            self.shop.clock.forward(seconds=_SECONDS_BETWEEN)
            self._begin(story)
            if n % _PER_PICKLIST == 0 or n == len(stories):
                self._work()

    def _begin(self, story: str) -> None:
        checkout, at = self._checkout(story), self.shop.clock()
        with self.shop.services.transaction() as session:
            if story == "draft":
                begin(session, checkout, cause=CUSTOMER, at=at)
            else:
                storefront = self.chance.choice(self.shop.storefronts)
                order = place(session, checkout, storefront_id=storefront, cause=CUSTOMER, at=at)
                assert order is not None
                self.placed.append((story, order.id))

    def _work(self) -> None:
        """Let people and floor do what they do of the orders of the last hour."""
        shop = self.shop
        shop.work_off()
        shop.clock.forward(minutes=15)
        self._desk()
        self._ask("release.requested", self._released_now())
        shop.clock.forward(minutes=20)
        for shipments in self._by_warehouse(_TO_PICK):
            with shop.services.transaction() as session:
                request_picklist(session, shipments, client_id=1, cause=CUSTOMER, at=shop.clock())
            shop.work_off()
        shop.clock.forward(minutes=40)
        self._ask("completion.requested", self._shipments(_TO_SHIP, "packing"), confirm_all=True)
        for order_id in self._orders({"refunded"}):
            shop.clock.forward(seconds=30)
            with shop.services.transaction() as session:
                wanted, payments = RefundWanted("damaged", _REFUND), shop.ids(_PAYMENTS, id=order_id)
                request_refund(session, order_id, wanted, payments=payments, asked=shop.asked)
        shop.work_off()
        self.placed.clear()

    def _desk(self) -> None:
        """What customer service does, after the money and the stock are decided."""
        for order_id in self._orders({"canceled", "declined"}):
            with self.shop.services.transaction() as session:
                cancellation = Cancellation("changed their mind", notify_customer=True)
                cancel(session, order_id, cancellation, cause=CUSTOMER, at=self.shop.clock())
        for order_id in self._orders({"on hold"}):
            with self.shop.services.transaction() as session:
                hold(session, order_id, reason="verify address", note=None, cause=CUSTOMER, at=self.shop.clock())
        self.shop.work_off()

    def _released_now(self) -> list[int]:
        whole = self._shipments(_TO_RELEASE - {"half shipped"}, "inventory_assigned")
        for order_id in self._orders({"half shipped"}):
            whole += self.shop.ids(_SHIPMENTS, orders=[order_id], status="inventory_assigned")[:1]
        return whole

    def _by_warehouse(self, stories: Iterable[str]) -> list[list[int]]:
        released = self._shipments(stories, "released")
        lists = [self.shop.ids(_OF_WAREHOUSE, ids=released, place=place) for place in self.shop.warehouses]
        return [shipments for shipments in lists if shipments]

    def _orders(self, stories: Iterable[str]) -> list[int]:
        wanted = set(stories)
        return [order_id for story, order_id in self.placed if story in wanted]

    def _shipments(self, stories: Iterable[str], status: str) -> list[int]:
        return self.shop.ids(_SHIPMENTS, orders=self._orders(stories), status=status)

    def _ask(self, event: str, shipments: Sequence[int], **argument: Any) -> None:
        if not shipments:
            return
        shop = self.shop
        subjects = [(shipment, shop.ids(_ORDER_OF, id=shipment)[0]) for shipment in shipments]
        with shop.services.transaction() as session:
            kind = event.split(".", maxsplit=1)[0]
            at, asked = shop.clock(), argument or None
            request_steps(session, event, subjects, kind=kind, client_id=1, cause=CUSTOMER, at=at, argument=asked)
        shop.work_off()

    def _checkout(self, story: str) -> Checkout:
        chance = self.chance
        market = chance.choice(list(MARKETS))
        apart = {"in two parcels": 2, "half shipped": 2}.get(story, 1)
        sections = 3 if story == "in sections" else 1
        self.customers += 1
        person = PERSON.format(self.customers)
        address = {
            "name": person,
            "line1": f"{chance.randint(1, 200)} {chance.choice(_STREETS)}",
            "city": chance.choice(_CITIES),
            "postal_code": f"{chance.randint(10000, 99999)}",
            "country": market if market != "UK" else "GB",
        }
        return Checkout(
            market=market,
            lines=self._lines(story, MARKETS[market], apart, sections),
            payments=[CheckoutPayment("tok_declined" if story in ("declined", "unpaid") else "tok_ok")]
            if story != "draft"
            else [],
            forms=[CheckoutForm(name=f"Section {n}" if sections > 1 else None, key=f"s{n}") for n in range(sections)],
            destinations=[Destination(address, "standard", 395, key=f"d{n}") for n in range(apart)],
            customer_name=person,
            customer_email=EMAIL.format(self.customers),
        )

    def _lines(self, story: str, currency: str, apart: int, sections: int) -> list[CheckoutLine]:
        chance = self.chance
        warehouse = None if story == "waits for stock" else chance.choice(self.shop.warehouses)
        count = max(chance.choice(_LINES), apart, sections)
        lines = []
        for n in range(count):
            sku = self.shop.product(currency, chance.choice(_PRICES), warehouse)
            quantity = chance.choice((1, 1, 1, 2, 3, 6))
            parts = [LinePart(quantity, f"d{n % apart}")]
            lines.append(CheckoutLine(sku, quantity, form=f"s{n % sections}", parts=parts))
        return lines
