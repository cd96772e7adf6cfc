"""Amounts as Stripe counts them. (docs.stripe.com/currencies: zero-decimal, three-decimal and special cases)"""

from typing import Final

from fulfillment.kernel.money import exponent, printed

# Stripe's decimals where they are not two. ISK and UGX have none, but Stripe takes them in hundredths that must be 00.
_EXPONENTS: Final = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"], 0
    ),
    **dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], 3),
}
_WHOLE_ONLY: Final = ("ISK", "UGX")
_NOT_TAKEN: Final = ("IQD", "LYD")
_LAST_DIGIT_ZERO: Final = 10
"""Of a currency with three decimals Stripe takes the first two only: the last digit must be 0."""


class CannotAsk(ValueError):
    """What is asked cannot be said to Stripe, so nothing was sent."""


def to_stripe(amount: int, currency: str) -> int:
    """
    Give our minor units as Stripe's.

    Raises CannotAsk for an amount that Stripe does not take: it would have to be rounded, and then another sum would
    move than the one in our books.
    """
    if currency in _NOT_TAKEN:
        raise CannotAsk(f"Stripe takes no {currency}")
    decimals = _EXPONENTS.get(currency, 2)
    shift = decimals - exponent(currency)
    stripes, left = divmod(amount * _ten_to(shift), _ten_to(-shift))
    if left or (decimals == 3 and stripes % _LAST_DIGIT_ZERO) or (currency in _WHOLE_ONLY and stripes % 100):  # noqa: PLR2004
        raise CannotAsk(f"Stripe cannot move {printed(amount, currency)}: it takes fewer decimals of this currency")
    return stripes


def from_stripe(amount: int, currency: str) -> int:
    """Give Stripe's minor units as ours. Raises ValueError where ours are too coarse for it."""
    shift = exponent(currency) - _EXPONENTS.get(currency, 2)
    ours, left = divmod(amount * _ten_to(shift), _ten_to(-shift))
    if left:
        raise ValueError(f"{amount} of Stripe's units are no whole number of minor units of {currency}")
    return ours


def _ten_to(power: int) -> int:
    return int(10**power) if power > 0 else 1
