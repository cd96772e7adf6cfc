from fulfillment.checkout.checkout import (
    Checkout,
    CheckoutForm,
    CheckoutLine,
    CheckoutPayment,
    Destination,
    LinePart,
)
from fulfillment.checkout.document import from_document, to_document


def test_a_document_keeps_all_of_a_checkout_and_nothing_that_is_as_it_is_by_default() -> None:
    parts = [LinePart(1, "hull", gift=True, gift_message="Yours"), LinePart(1)]
    checkout = Checkout(
        "UK",
        [
            CheckoutLine(
                "MUG", 2, price=900, form="lab", parts=parts, options={"size": "S"}, price_by="ana", position=3
            ),
            CheckoutLine("WRAP", 1, price=200, name="Wrap", manual=True, discount=5, tax=7),
        ],
        [CheckoutPayment("tok_ok", 100)],
        [CheckoutForm("Laboratory", {"name": "Ada"}, {"city": "Leith"}, "CC-7", 10, "lab"), CheckoutForm()],
        [Destination({"city": "Leith"}, "post", 300), Destination({"city": "Hull"}, "courier", 700, "hull")],
        customer_name="Bo",
        discount=3,
    )

    assert from_document(to_document(checkout)) == checkout
    assert to_document(Checkout("UK", [CheckoutLine("MUG", 1)])) == {
        "market": "UK",
        "lines": [{"sku": "MUG", "quantity": 1}],
    }
