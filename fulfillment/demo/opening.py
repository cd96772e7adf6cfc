"""Before the shop opens: what is sold, where, to whom, and what lies on the shelves."""

from fulfillment.demo.people import JSON
from fulfillment.demo.shift import Shift
from fulfillment.demo.shop import CUSTOMERS, MARKETS, PRODUCTS, WAREHOUSES


def stock_the_catalog(shift: Shift) -> None:
    """Enter products (many in one call), markets, warehouses and customers."""
    calls: list[tuple[str, JSON]] = [
        ("/v1/products", {"products": [product.as_sent for product in PRODUCTS]}),
        *(("/v1/markets", market) for market in MARKETS),
        *(("/v1/warehouses", warehouse) for warehouse in WAREHOUSES),
    ]
    shift.each("08:00 products, markets, warehouses", calls, lambda call: shift.admin.post(*call))
    customers = [{"name": customer.name, "email": customer.email} for customer in CUSTOMERS]
    shift.each("08:00 customers", customers, lambda customer: shift.csr.post("/v1/customers", customer))


def receive(title: str, shift: Shift, receipts: dict[str, dict[str, int]]) -> None:
    """Put a delivery on the shelves, warehouse by warehouse. Orders that wait for it are tried again by themselves."""
    bodies = [
        {"warehouse": warehouse, "lines": [{"sku": sku, "quantity": pieces} for sku, pieces in skus.items()]}
        for warehouse, skus in receipts.items()
    ]
    shift.each(title, bodies, lambda body: shift.warehouse.post("/v1/inventory/receipts", body))
