"""Money is whole minor units, and shares of it lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.kernel.money import exponent, is_currency, printed, prorate, prorate_with_own

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=60)


@given(st.integers(0, 10**12), WEIGHTS)
def test_shares_add_up_to_the_amount(amount: int, weights: list[int]) -> None:
    assert sum(prorate(amount, weights)) == amount


@given(st.integers(0, 10**12), WEIGHTS)
def test_no_share_is_off_by_a_whole_unit_and_none_is_negative(amount: int, weights: list[int]) -> None:
    meant = weights if any(weights) else [1] * len(weights)
    for share, weight in zip(prorate(amount, weights), meant, strict=True):
        assert abs(share * sum(meant) - amount * weight) < sum(meant)
        assert share >= 0


def test_whoever_weighs_nothing_gets_nothing_unless_all_do() -> None:
    assert prorate(10, [0, 1, 0]) == [0, 10, 0]
    assert prorate(10, [0, 0, 0]) == [3, 3, 4]


def test_nobody_to_share_with_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^nobody to share with$"):
        prorate(10, [])


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1250, "GBP", "12.50 GBP"),
        (5, "GBP", "0.05 GBP"),
        (0, "GBP", "0.00 GBP"),
        (-5, "GBP", "-0.05 GBP"),
        (-123456, "EUR", "-1,234.56 EUR"),
        (1250, "JPY", "1,250 JPY"),
        (1250, "KWD", "1.250 KWD"),
    ],
)
def test_it_is_written_as_people_write_it(amount: int, currency: str, text: str) -> None:
    assert printed(amount, currency) == text


def test_currencies_have_their_own_decimals() -> None:
    assert [exponent(currency) for currency in ("GBP", "JPY", "BHD", "???")] == [2, 0, 3, 2]


def test_what_is_no_currency_has_no_decimals_that_anybody_knows() -> None:
    # The last is the code of ISO 4217 for no currency at all.
    assert [is_currency(code) for code in ("GBP", "KRW", "TND", "USD", "GPB", "gbp", "CLF", "XXX")] == [True] * 4 + [
        False
    ] * 4


def test_a_part_of_ones_own_goes_by_the_shares_and_never_exceeds_them() -> None:
    assert prorate_with_own(101, 50, [1, 1, 0]) == [(50, 24), (51, 26), (0, 0)]
    assert prorate_with_own(0, 50, [1, 1]) == [(0, 0), (0, 0)]
