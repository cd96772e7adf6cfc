"""What is taken for a card number, and what is not."""

import pytest

from web.card_numbers import holds_card_number


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
        "4242 4242  4242 4242",
        "2026-11-21 02:35:11",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not holds_card_number(text)
