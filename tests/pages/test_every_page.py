"""Every page, on a desk, on a phone and on a handheld, in light and in dark: it can be read and used by everybody."""

import pytest
from browsing import Desk, Visitor
from builders import Shop
from furnished import furnish

Pages = tuple[tuple[str, str], ...]

CSR: Pages = (
    ("orders", "/orders"),
    ("orders-nothing-fits", "/orders?q=nobody-at-all"),
    ("order", "/orders/{long}"),
    ("order-on-hold", "/orders/{held}"),
    ("order-declined", "/orders/{declined}"),
    ("order-shipped", "/orders/{shipped}"),
    ("order-edit", "/orders/{long}/edit"),
    ("entry-contact", "/entry/"),
    ("entry-items", "/entry/{draft}/items?q=mug"),
    ("entry-shipping", "/entry/{draft}/shipping"),
    ("entry-review", "/entry/{draft}/review"),
    ("customers", "/customers"),
    ("customer", "/customers/{customer}"),
    ("carts", "/carts"),
    ("cart", "/carts/{cart}"),
    ("returns", "/returns"),
    ("return-begin", "/orders/{shipped}/return"),
    ("exchanges", "/exchanges"),
    ("exchange", "/exchanges/{exchange}"),
    ("exchange-begin", "/orders/{shipped}/exchange"),
    ("subscriptions", "/subscriptions"),
    ("subscription", "/subscriptions/{subscription}"),
    ("subscription-begin", "/orders/{shipped}/subscription"),
)
FLOOR: Pages = (
    ("floor", "/floor/"),
    ("picking", "/floor/picklists/{picklist}"),
    ("packing", "/floor/packing/{packing}"),
    ("rates", "/floor/packing/{packing}/rates"),
    ("goods-in", "/floor/receiving/"),
    ("delivery", "/floor/receiving/deliveries/{delivery}"),
    ("counts", "/floor/counts/"),
    ("count", "/floor/counts/{count}"),
    ("manifests", "/floor/manifests/"),
    ("transfers", "/floor/transfers/"),
    ("transfer", "/floor/transfers/{transfer}"),
    ("return", "/returns/{return}"),
)
ADMIN: Pages = (
    ("promotions", "/promotions"),
    ("states", "/configurations/"),
    ("engine-room", "/engine-room"),
    ("webhooks", "/webhooks/"),
    ("webhook", "/webhooks/{webhook_500}"),
    ("webhook-delivery", "/webhooks/deliveries/{webhook_delivery}"),
    ("customer-erasure", "/customers/{customer}/erasure"),
)


@pytest.mark.slow
@pytest.mark.timeout(600)  # a browser looks at each page in four ways, and may have little of a processor to itself
@pytest.mark.parametrize(("name", "pages"), [("csr", CSR), ("warehouse", FLOOR), ("admin", ADMIN)])
def test_every_page_is_used_by_everybody_everywhere(shop: Shop, desk: Desk, name: str, pages: Pages) -> None:
    """No barrier that axe knows, in light and in dark; nothing wider than the screen it is on; no console error."""
    with desk.workers:
        place = furnish(shop)
        page = desk.sits_down(name)
        page.clock.set_fixed_time(shop.now)
        for picture, path in pages:
            desk.goes(page, place.path(path))
            desk.shows(page, picture, everywhere=True, in_hand=name == "warehouse")


def test_pages_of_a_shop_that_has_just_opened_say_what_to_do_first(shop: Shop, visitor: Visitor) -> None:
    visitor.signs_in("admin")

    said = {
        "/orders": "A checkout makes the first.",
        "/customers": "Three letters of a name are enough.",
        "/carts": "Storefronts fill them.",
        "/returns": "Customer service begins one on the page of its order.",
        "/exchanges": "One is begun on the page of an order that was shipped.",
        "/promotions": "No promotions yet.",
        "/subscriptions": "One is begun on the page of an order: Repeat.",
        "/floor/transfers/": "Nothing goes from one warehouse to another.",
        "/webhooks/": "Nobody is told anything.",
        "/floor/": "Choose released shipments, and put them on one.",
        "/floor/receiving/": "No delivery is announced.",
        "/floor/counts/": "Nothing was counted yet.",
        "/floor/manifests/": "When the driver has the parcels, close one.",
        "/engine-room": "Nothing is due: the workers are not behind.",
    }
    assert [path for path, words in said.items() if words not in visitor.get(path).text] == []
    missing = visitor.get("/orders/PO1")
    assert (missing.status_code, "no order PO1" in missing.text) == (404, True)


def test_an_order_of_500_lines_is_shown_whole_and_can_be_edited(shop: Shop, visitor: Visitor) -> None:
    shop.sells("MUG", A=9)
    placed = shop.places(*[("MUG", 1)] * 500)
    visitor.signs_in("csr")

    assert visitor.get(f"/orders/{placed.number}").text.count("<td>MUG</td>") == 500
    assert visitor.get(f"/orders/{placed.number}/edit").text.count('aria-label="Pieces of MUG"') == 500
