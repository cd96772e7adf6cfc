"""What an order of the back office costs: catalog, shipping methods, flat tax rate. Amounts are pence."""

import pytest

from fulfillment.catalog.shipping_methods import OfferedMethod
from fulfillment.checkout.back_office import Tariff, priced_by_tariff
from fulfillment.checkout.checkout import Checkout, CheckoutLine, Destination, LinePart
from fulfillment.checkout.price import Catalog, CatalogProduct, Priced, price
from fulfillment.kernel.errors import Invalid

METHODS = {
    "post": OfferedMethod("post", "Post", 300, 5000),
    "courier": OfferedMethod("courier", "Courier", 700, None),
}
PRODUCTS = {
    "MUG": CatalogProduct(1, "MUG", "Mug", 999, "GBP", needs_shipping=True, denies_shortage=False),
    "SONG": CatalogProduct(2, "SONG", "Song", 99, "GBP", needs_shipping=False, denies_shortage=False),
}
CATALOG = Catalog(1, "GBP", PRODUCTS)
ADDRESS = {"name": "Bo", "line1": "2 Quay", "city": "Leith", "country": "GB"}


def _cost(checkout: Checkout, *, tax_rate: int = 2000) -> Priced:
    return price(priced_by_tariff(checkout, CATALOG, Tariff(tax_rate, METHODS)), CATALOG)


def _to(method: str | None, *lines: CheckoutLine, discount: int = 0) -> Checkout:
    return Checkout("DE", lines, destinations=[Destination(ADDRESS, method)], discount=discount)


@pytest.mark.parametrize(
    ("checkout", "shipping", "tax"),
    [
        pytest.param(_to("post", CheckoutLine("MUG", 1)), 300, 260, id="259.8 is rounded up"),
        pytest.param(_to("post", CheckoutLine("MUG", 6)), 0, 1199, id="free from 50.00 of goods"),
        pytest.param(_to("post", CheckoutLine("MUG", 6), discount=1000), 300, 1059, id="not after a discount"),
        pytest.param(_to("courier", CheckoutLine("MUG", 6)), 700, 1339, id="a method that is never free"),
        pytest.param(_to("post", CheckoutLine("SONG", 1)), 0, 20, id="nothing is shipped"),
        pytest.param(
            _to("post", CheckoutLine("MUG", 1, price=0)), 300, 60, id="shipping is taxed, also of what is free"
        ),
        pytest.param(_to(None, CheckoutLine("MUG", 1)), 0, 200, id="no method yet"),
        pytest.param(_to("post", CheckoutLine("MUG", 1, price=100, tax=55)), 300, 80, id="tax that was said before"),
    ],
)
def test_shipping_is_the_methods_price_and_tax_is_rounded_once(checkout: Checkout, shipping: int, tax: int) -> None:
    priced = _cost(checkout)

    assert (priced.shipping, priced.tax) == (shipping, tax)
    assert sum(line.tax for line in priced.lines) == tax
    assert priced.total == sum(line.amount for line in priced.lines) + shipping


def test_each_address_pays_its_own_way_and_a_split_does_not_change_the_tax() -> None:
    places = [Destination(ADDRESS, "post", key="a"), Destination(ADDRESS, "courier", key="b")]
    split = CheckoutLine("MUG", 6, parts=[LinePart(1, "a"), LinePart(5, "b")])
    whole = CheckoutLine("MUG", 6, parts=[LinePart(6, "b")])

    apart = _cost(Checkout("DE", [split], destinations=places), tax_rate=1999)
    together = _cost(Checkout("DE", [whole], destinations=places), tax_rate=1999)

    assert (apart.shipping, together.shipping) == (1000, 700)
    assert (apart.tax, together.tax) == (1398, 1338)
    assert [line.part.quantity for line in apart.lines] == [1, 5]


def test_a_product_without_a_price_is_refused() -> None:
    products = {"MUG": CatalogProduct(1, "MUG", "Mug", None, None, needs_shipping=True, denies_shortage=False)}

    with pytest.raises(Invalid, match="MUG has no price"):
        priced_by_tariff(_to("post", CheckoutLine("MUG", 1)), Catalog(1, "GBP", products), Tariff(0, METHODS))
