"""The store's names of countries, as ISO 3166 knows them."""

from types import MappingProxyType
from typing import Final

UNKNOWN: Final = "ZZ"
"""Left to users by ISO 3166: here, a country that the store did not specify or that is not in this table."""

CODES: Final = MappingProxyType(
    {
        "Australia": "AU",
        "Austria": "AT",
        "Bahrain": "BH",
        "Belgium": "BE",
        "Brazil": "BR",
        "Canada": "CA",
        "Channel Islands": "JE",
        "Cyprus": "CY",
        "Czech Republic": "CZ",
        "Denmark": "DK",
        "EIRE": "IE",
        "Finland": "FI",
        "France": "FR",
        "Germany": "DE",
        "Greece": "GR",
        "Hong Kong": "HK",
        "Iceland": "IS",
        "Israel": "IL",
        "Italy": "IT",
        "Japan": "JP",
        "Lebanon": "LB",
        "Lithuania": "LT",
        "Malta": "MT",
        "Netherlands": "NL",
        "Norway": "NO",
        "Poland": "PL",
        "Portugal": "PT",
        "RSA": "ZA",
        "Saudi Arabia": "SA",
        "Singapore": "SG",
        "Spain": "ES",
        "Sweden": "SE",
        "Switzerland": "CH",
        "USA": "US",
        "United Arab Emirates": "AE",
        "United Kingdom": "GB",
    }
)
