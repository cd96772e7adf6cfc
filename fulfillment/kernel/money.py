"""Money is a whole number of minor units and a currency. No floats, no rounding by accident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# Currencies whose minor unit is not a hundredth (ISO 4217); all others have two decimals.
_EXPONENTS: Final = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


MOST_AMOUNT: Final = 10**12
"""Minor units that a gateway takes. Times 10^6 pieces it still fits in 64 bits: 10^12 times 10^6 is 10^18."""


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency: 2 for GBP, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency, 2)


def printed(amount: int, currency: str) -> str:
    """Write minor units for people: 1250 GBP as `12.50 GBP`."""
    decimals = exponent(currency)
    if decimals == 0:
        return f"{amount:,} {currency}"
    whole, part = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole:,}.{part:0{decimals}d} {currency}"


def prorate(amount: int, weights: Sequence[int]) -> list[int]:
    """
    Share minor units out by weight, to the last unit: the shares always add up to `amount`.

    Each share is the difference of two rounded running totals, so none is off by more than one unit. Weights of all
    zero count as equal.
    """
    if not weights:
        raise ValueError("nobody to share with")
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    shares: list[int] = []
    seen = given = 0
    for weight in weights:
        seen += weight
        due = amount * seen // whole
        shares.append(due - given)
        given = due
    return shares


def prorate_with_own(whole: int, own: int, weights: Sequence[int]) -> list[tuple[int, int]]:
    """
    Share an amount out by weight together with what `own` of it is; give (share, own part of it) for each.

    The whole goes by weight, the own part by the shares: so no own part exceeds its share, and no share what it is taken
    from where the whole does not.
    """
    shares = prorate(whole, weights)
    owns = prorate(own, shares) if whole else [0] * len(shares)
    return list(zip(shares, owns, strict=True))
