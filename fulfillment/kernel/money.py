"""Money is a whole number of minor units and a currency. No floats, no rounding by accident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# How many decimals a currency has (ISO 4217). Those of four, which no gateway takes, are left out.
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_TWO: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_EXPONENTS: Final = {
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_THREE.split(), 3),
}

MOST_AMOUNT: Final = 10**12
"""Minor units that a gateway takes. Times 10^6 pieces it still fits in 64 bits: 10^12 times 10^6 is 10^18."""


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency: 2 for GBP, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency, 2)


def is_currency(code: str) -> bool:
    """Tell whether there is such a currency: else how many decimals it has would be a guess."""
    return code in _EXPONENTS


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
