"""What is taken for a card number, and what is not."""

from collections.abc import Iterator, Sequence
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from api_client import Caller, a_checkout, contents, pence
from builders import Shop, rows
from pydantic import BaseModel

from web.card_numbers import holds_card_number, key_holds_card_number
from web.route import ROUTES
from web.schemas.base import no_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "378282246310005",
        "6011111111111117",
        "2223003122003222",
        "card: 4242424242424242.",
        "x4222222222222y",
        "3530111333300000 and more",
        "4111 1111 1111 1111 123",
        "4111111111111111 12/28",
        "no 7 4111-1111-1111-1111 12 28",
        "4242 4242  4242 4242",
        "4242.4242.4242.4242",
        "4242/4242/4242/4242",
        "4242_4242_4242_4242",
        "4242\n4242\n4242\n4242",
        "4242 - 4242 - 4242 - 4242",
        "4242\u00a04242\u00a04242\u00a04242",
        "4242\u20134242\u20134242\u20134242",
        "4242\u200b4242\u200b4242\u200b4242",
        "\uff14\uff12" * 8,
        "\u0664\u0662" * 8,
        "3056 9309 0259 04",
        "6304000000000000",
        "6759649826438453",
        "6212345678901232",
        "2204000000000000",
    ],
)
def test_a_card_number_is_found(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4242424242424243",
        "424242424242",
        "42424242424242424242",
        "1234567890128",
        "0000000000000000",
        "+44 20 7946 0958",
        "tok_1Nv2ab4242",
        "2026-11-21 02:35:11",
        "4006381333931",
        "5901234123457",
        "9792030394440795 "[:15],
        "2021 1204 0000 0004",
        "7777777777777777",
        "+44 20 7946 0958, +44 20 7946 0959",
        "1Z 999 AA1 01 2345 6784",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not holds_card_number(text)


def test_a_key_made_of_hexadecimal_digits_holds_none_by_chance() -> None:
    by_chance = "42424242-4242-4242-8a24-242424242424"

    assert not key_holds_card_number(by_chance)
    assert not key_holds_card_number(by_chance.replace("-", ""))
    assert key_holds_card_number("pay-4242424242424242")


# Texts in which long numbers are at home, and nobody types a card.
LEFT_ALONE = {
    "sku",
    "skus",
    "variant_of",
    "barcodes",
    "ScanIn.code",
    "ScanIn.scan_id",
    "PiecesIn.code",
    "ReturnReceiptIn.code",
    "DecisionIn.code",
    "tracking_number",
    "tracking_numbers",
    "ClosingIn.bins",  # By line: the keys are ids of ours.
    "WebhookEndpointIn.url",  # An address of a machine, refused where it is none.
    "WebhookEndpointChangeIn.url",
    "WebhookEndpointIn.events",  # Names out of a table of ours.
    "WebhookEndpointChangeIn.events",
    "cursor",
    "columns",
    "country",
    "currency",
    "domains",
    # What is sold, written by administrators from article data, and how it is looked for.
    "ProductsQuery.q",
    "ProductIn.name",
    "ProductIn.description",
    "ProductIn.options",
    "ProductIn.option_values",
    "ProductChangeIn.name",
    "ProductChangeIn.description",
}


def unchecked(kind: Any, said: Sequence[Any], place: str, above: frozenset[Any]) -> Iterator[str]:
    """The texts of a type of ours, by model and member, that may hold a card number."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from unchecked(parts[0], [*said, *parts[1:]], place, above)
    elif origin is not None:
        for part in () if origin is Literal else parts:
            yield from unchecked(part, said if origin in (Union, UnionType) else [], place, above)
    elif kind in above or not isinstance(kind, type) or issubclass(kind, Enum):
        return
    elif issubclass(kind, BaseModel):
        for name, member in kind.model_fields.items():
            yield from unchecked(member.annotation, member.metadata, f"{kind.__name__}.{name}", above | {kind})
    elif issubclass(kind, str) and no_card_number not in [getattr(each, "func", None) for each in said]:
        yield place


@pytest.mark.usefixtures("api")
def test_every_text_that_any_route_takes_refuses_card_numbers_or_is_left_alone_for_a_reason() -> None:
    sent = [model for route in ROUTES.values() for model in (route.body, route.query) if model is not None]

    found = {place for model in sent for place in unchecked(model, [], "", frozenset())}

    assert len(sent) > 100
    assert {place for place in found if not {place, place.rpartition(".")[2]} & LEFT_ALONE} == set()


CARD = "4242 4242 4242 4242"


def test_wherever_it_is_sent_it_is_refused_and_neither_kept_nor_logged_nor_repeated(
    shop: Shop, csr: Caller, storefront: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.sells("MUG", price=1000, A=1)
    placed = shop.up_to("shipped", ("MUG", 1))
    before = contents(shop.services)
    path, bare = f"/v1/orders/{placed.number}", CARD.replace(" ", "")
    by_hand = {"sku": bare, "quantity": 1, "manual": True, "name": "Fee", "price": pence(1)}
    answers = [
        storefront.post("/v1/checkouts", a_checkout(payments=[{"method": "card", "token": bare}])),
        storefront.post("/v1/checkouts", a_checkout(reference=CARD)),
        storefront.post("/v1/checkouts", a_checkout(by_hand)),
        storefront.post("/v1/checkouts", a_checkout(), key=f"pay-{bare}"),
        csr.post(f"{path}/refunds", {"reason": f"to {CARD}"}),
        csr.post(f"{path}/notes", {"description": "card:\n" + CARD.replace(" ", "\n")}),
        csr.change("PUT", f"{path}/invoice", {"invoice_number": bare}),
        csr.get("/v1/orders", q=CARD),
        csr.get("/v1/customers", q=CARD),
    ]
    noted = csr.post(f"{path}/notes", {"description": "called"}, headers={"X-Request-ID": bare})

    assert {(answer.status_code, answer.json["type"]) for answer in answers} == {
        (422, "/problems/card_number"),
        (400, "/problems/card_number"),
    }
    assert not [answer.text for answer in answers if bare in answer.text or CARD in answer.text]
    assert noted.headers["X-Request-ID"] != bare
    after = contents(shop.services)
    assert [
        table for table in after if rows(shop.services, f"SELECT 1 FROM {table} t WHERE t::text LIKE '%{bare}%'")
    ] == []
    assert {table for table in after if after[table] != before[table]} == {
        "idempotency_key",
        "order_note",
        "purchase_order",
        "timeline",
    }
    logged = capfd.readouterr()
    assert bare not in logged.out + logged.err
    assert CARD not in logged.out + logged.err
