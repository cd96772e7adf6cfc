"""A shop in the middle of its day: something of everything that pages show, with long names, long lists and three currencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from api_client import Api, Caller, a_checkout, api_of
from builders import Shop, rows, work_off
from fakes.clock import NOON
from fakes.receiver import ScriptedReceivers
from labeling import bound
from order_entry import begins, offers_methods
from returning import comes_back, line_ids
from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.workflow.sweeps import run_sweep

LONG_NAME = "Hand-thrown stoneware serving bowl with lid, speckled glaze, dishwasher-safe, second of a set of four"
LONG_CUSTOMER = "Aleksandra-Konstantina Papadimitropoulou-Featherstonehaugh"
LINES = 12
MORNING = (1, 2, 3, 2, 3)
"""How many orders came in each hour before."""


@dataclass
class Furnished:
    """Where everything stands: numbers of orders, and ids by what they are."""

    orders: dict[str, str]
    ids: dict[str, int]

    def path(self, written: str) -> str:
        """Fill `{long}` and `{picklist}` into a path."""
        return written.format(**self.orders, **self.ids)


def furnish(shop: Shop) -> Furnished:
    """Fill a shop."""
    api = api_of(shop.services)
    made = _Furnishing(shop, api.caller(Role.ADMIN, name="ina"), api.caller(Role.CSR, name="cem"), {}, {})
    made.catalog()
    made.hours_before()
    made.open_orders()
    made.floor()
    made.after_sale()
    made.schedules()
    made.subscribers()
    made.engine_room()
    return Furnished(made.orders, made.ids)


@dataclass
class _Furnishing:
    shop: Shop
    admin: Caller
    csr: Caller
    orders: dict[str, str]
    ids: dict[str, int]

    def catalog(self) -> None:
        for sku, price, pieces in (("MUG", 1250, 500), ("BOWL", 4800, 500), ("TRAY", 2100, 0), ("VASE", 3900, 60)):
            self.shop.sells(sku, price=price, **({"A": pieces} if pieces else {}))
        for sku, name in (("MUG", "Stoneware mug, blue"), ("BOWL", LONG_NAME), ("TRAY", "Oak tray"), ("VASE", "Vase")):
            self._ok(self.admin.change("PATCH", f"/v1/products/{sku}", {"name": name}))
        for market, currency in (("US", "USD"), ("JP", "JPY")):
            self._ok(self.admin.post("/v1/markets", {"code": market, "name": market, "currency": currency}))
        offers_methods(self.shop)
        bound(self.shop)
        off = {"code": "SPRING", "name": "A tenth off in spring", "kind": "order_discount", "percent": 1000}
        self._ok(self.admin.post("/v1/promotions", off))
        tied = [{"sku": "MUG", "quantity": 1, "percent": 10_000}]
        gift = {"code": "MUGGIFT", "name": "A mug with every bowl", "kind": "item", "items": tied, "markets": ["DE"]}
        self._ok(self.admin.post("/v1/promotions", gift))
        self._ok(self.admin.post("/v1/bins", {"warehouse": "A", "bins": [{"code": "A-01-3", "position": 1}]}))
        move = {"warehouse": "A", "lines": [{"sku": "MUG", "to": "A-01-3", "quantity": 40}]}
        self._ok(self.admin.post("/v1/inventory/bin-moves", move))

    def hours_before(self) -> None:
        """Orders that were shipped this morning, so that the plots have something to show."""
        self.shop.clock.forward(hours=-len(MORNING))
        for hour, orders in enumerate(MORNING):
            placed = [self.shop.places(("MUG", 1)) for _ in range(orders)]
            self.shop.clock.forward(seconds=2 + hour % 3)
            self._work()
            self.shop.clock.forward(minutes=20 + 7 * (hour % 4))
            for each in placed[: orders - hour // 3]:
                self.shop.brings(each.id, "shipped")
            self.shop.clock.now = NOON - timedelta(hours=len(MORNING) - 1 - hour)

    def open_orders(self) -> None:
        customer = {"name": LONG_CUSTOMER, "email": "aleksandra@example.org"}
        lines = [{"sku": "BOWL" if each % 2 else "MUG", "quantity": 1 + each % 3} for each in range(LINES)]
        self.orders["long"] = self._places(*lines, customer=customer, shipping_method="post")
        for market, currency, price in (("US", "USD", 1999), ("JP", "JPY", 2400)):
            line = {"sku": "MUG", "quantity": 2, "price": {"amount": price, "currency": currency}}
            self.orders[market] = self._places(line, market=market)
        self.orders["waiting"] = self._places(("TRAY", 2), market="UK")
        self.orders["held"] = self._places(("VASE", 1))
        self._ok(self.csr.post(f"/v1/orders/{self.orders['held']}/holds", {"reason": "verify order"}))
        declined = {"payments": [{"method": "card", "token": "tok_declined"}]}
        self.orders["declined"] = self._places(("VASE", 2), **declined)
        self.orders["draft"] = begins(self.csr, ("MUG", 2), codes=["SPRING"])
        book = {
            "name": LONG_CUSTOMER,
            "email": "aleksandra@example.org",
            "addresses": [_HOME, {**_HOME, "line1": "9 Dock"}],
        }
        self.ids["customer"] = self._ok(self.csr.post("/v1/customers", book))["id"]
        lines = [{"sku": "MUG", "quantity": 2}, {"sku": "BOWL", "quantity": 1}]
        cart = {"market": "DE", "customer": {"name": "Bo Lind", "email": "bo@example.org"}, "lines": lines}
        self.ids["cart"] = self._ok(self.csr.post("/v1/carts", cart))["id"]
        self._work()

    def floor(self) -> None:
        for pieces in (1, 2, 3):
            self._places(("MUG", pieces), ("VASE", 1), market="UK", shipping_method="post")
        self._work()
        released = [shipment for (shipment,) in self._rows("SELECT id FROM shipment WHERE status = 'released'")]
        asked = self._ok(self.admin.post("/v1/picklists", {"shipment_ids": released[:2]}))
        self._work()
        self.ids["picklist"] = self.admin.get(f"/v1/operations/{asked['id']}").json["result"]["picklist_id"]
        scan = {"scan_id": "first", "code": "MUG", "quantity": 1, "bin": "A-01-3"}
        self._ok(self.admin.post(f"/v1/picklists/{self.ids['picklist']}/scans", scan))
        packing = self.shop.up_to("packing", ("MUG", 3), shipping_method="post")
        [self.ids["packing"]] = self.shop.shipments(packing.id)
        items = {"items": [{"code": "MUG", "quantity": 2}], "weight_grams": 700}
        parcel = self._ok(self.admin.post(f"/v1/shipments/{self.ids['packing']}/parcels", items))["id"]
        self._ok(self.admin.post(f"/v1/parcels/{parcel}/label", {}))
        lines = [{"sku": "TRAY", "quantity": 40}, {"sku": "BOWL", "quantity": 12}]
        coming = {"warehouse": "A", "supplier": "Oak & Sons", "reference": "OS-17", "expected_on": "2026-03-09"}
        self.ids["delivery"] = self._ok(self.admin.post("/v1/inbound-deliveries", {**coming, "lines": lines}))["id"]
        counted = self._ok(self.admin.post("/v1/counts", {"warehouse": "A", "skus": ["MUG", "VASE"]}))
        self.ids["count"] = counted["id"]
        first = [{"sku": "MUG", "bin": "A-01-3", "counted": 38}]
        self._ok(self.admin.post(f"/v1/counts/{counted['id']}/entries", {"lines": first}))
        self._work()

    def after_sale(self) -> None:
        shipped = self.shop.up_to("shipped", ("MUG", 2), ("VASE", 1), shipping_method="post")
        self.orders["shipped"] = shipped.number
        back = comes_back(self.shop, self.csr, self.admin, shipped.id, ("MUG", 1, "damaged"))
        back.arrives("MUG")
        self.ids["return"] = int(back.path.rsplit("/", 1)[1])
        line = {"line_id": line_ids(self.shop, shipped.id)["VASE"], "quantity": 1, "reason": "does_not_fit"}
        out = [{"sku": "BOWL", "quantity": 1}]
        wanted = {"order": shipped.number, "back": [line], "out": out, "notify_customer": False}
        self.ids["exchange"] = self._ok(self.csr.post("/v1/exchanges", wanted))["id"]
        self._work()

    def schedules(self) -> None:
        """A subscription that repeats, one that somebody must look at, and goods between two warehouses."""
        monthly = {"every": {"months": 1}, "starts_on": "2026-03-02", "token": "tok_ok"}
        weekly = {"every": {"weeks": 2}, "starts_on": "2026-03-02"}
        self.ids["subscription"] = self._ok(
            self.csr.post("/v1/subscriptions", {"order": self.orders["shipped"], **monthly})
        )["id"]
        self._ok(self.csr.post("/v1/subscriptions", {"order": self.orders["US"], **weekly}))
        run_sweep(self.shop.services, "sweeps.repeat_subscriptions")
        lines = [{"sku": "MUG", "quantity": 24}, {"sku": "BOWL", "quantity": 6}]
        asked = {"from": "A", "to": "B", "lines": lines, "note": "for the fair in May"}
        self.ids["transfer"] = self._ok(self.admin.post("/v1/transfers", asked))["id"]
        path = f"/v1/transfers/{self.ids['transfer']}"
        self._ok(self.admin.post(f"{path}/shipment", {}))
        self._ok(self.admin.post(f"{path}/receipts", {"lines": [{"sku": "MUG", "quantity": 20}]}))
        self._work()

    def subscribers(self) -> None:
        """One who is told, one who fails, and one who is gone; from here on every change costs a few rows more."""
        receivers = cast("ScriptedReceivers", self.shop.services.outward)
        for url, answer in (("shop", 204), ("books", 500), ("old-shop", 410)):
            receivers.always[f"https://{url}.example/hooks"] = answer
            made = self._ok(self.admin.post("/v1/webhook-endpoints", {"url": f"https://{url}.example/hooks"}))
            self.ids[f"webhook_{answer}"] = made["id"]
        self._places(("MUG", 1))
        self._work()
        told = {"endpoint_id": self.ids["webhook_500"], "limit": 50}
        deliveries = self.admin.get("/v1/webhook-deliveries", **told).json["webhook_deliveries"]
        self.ids["webhook_delivery"] = next(each["id"] for each in deliveries if each["attempts"])

    def engine_room(self) -> None:
        broken = self.shop.places(("MUG", 1), market="UK")
        with self.shop.services.transaction() as session:
            session.execute(
                text(
                    "UPDATE dispatch SET dead = true, failures = 5, last_error = :error WHERE order_id = :id AND step = 'payments.authorize'"
                ),
                {"id": broken.id, "error": "OperationalError: server closed the connection unexpectedly"},
            )
        self.shop.gateway.script.append("cut before")
        self.shop.gateway.is_deaf = True
        self.shop.places(("MUG", 2), market="UK")
        self._work()

    def _places(self, *lines: Any, **more: Any) -> str:
        storefront = Api(self.shop.services, self.csr.app).caller(Role.STOREFRONT)
        return str(self._ok(storefront.post("/v1/checkouts", a_checkout(*lines, **more)))["number"])

    def _work(self) -> None:
        work_off(self.shop.services)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return rows(self.shop.services, query)

    @staticmethod
    def _ok(answer: Any) -> Any:
        assert answer.status_code < 300, answer.text
        return answer.json


_HOME = {
    "name": LONG_CUSTOMER,
    "line1": "12 Assembly Street",
    "city": "Leith",
    "postal_code": "EH6 7RG",
    "country": "GB",
}
