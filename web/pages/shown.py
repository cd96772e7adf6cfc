"""How things are written on pages: money as the reader's language writes it, moments in the reader's zone, states in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal
from flask import Flask, request
from flask_login import current_user
from markupsafe import Markup

from fulfillment.kernel.money import exponent
from web.pages.plots import duration

_COLORS: Final = {
    "danger": "declined canceled on_hold failed unknown refused exception lost unpaid unreturned rejected damaged blocked disabled",
    "warning": "awaiting_inventory pending partly_refused by_hand partially_paid requires_action waits receiving sending waiting running paused partially_received",
    "info": "authorized inventory_assigned released packing in_progress partially_shipped open new expected in_transit requested",
    "success": "paid completed shipped delivered succeeded done captured active bought closed approved settled received repaired finished enabled",
}
_COLOR_OF: Final = {state: color for color, states in _COLORS.items() for state in states.split()}
_CALL: Final = re.compile(r"[:,]? ?(?:(?:with|at|by) )?(?:GET|POST|PUT|PATCH|DELETE) /v1/[^\s,;]*")
_FALLBACK: Final = "en_GB"


def register(app: Flask) -> None:
    """Teach the templates."""
    app.jinja_env.filters |= {
        "money": money,
        "number": number,
        "words": words,
        "sentence": sentence,
        "advice": advice,
        "color": color,
        "moment": moment,
        "ago": ago,
        "decimal": decimal,
        "duration": duration,
    }
    app.jinja_env.globals["fresh_key"] = lambda: uuid4().hex
    app.context_processor(lambda: {"person": current_user, "locale": str(_locale()).replace("_", "-")})


def money(amount: Mapping[str, Any] | None) -> str:
    """Write an amount of money as the reader's language does."""
    if amount is None:
        return ""
    currency = str(amount["currency"])
    return format_currency(decimal(amount), currency, locale=_locale(), currency_digits=True)


def decimal(amount: Mapping[str, Any]) -> str:
    """Write the amount alone, as an input of numbers takes it: 12.50."""
    decimals = exponent(str(amount["currency"]))
    whole, part = divmod(abs(int(amount["amount"])), 10**decimals)
    sign = "-" if int(amount["amount"]) < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"


def number(value: int) -> str:
    """Write a count as the reader's language does."""
    return format_decimal(value, locale=_locale())


def words(state: str | None) -> str:
    """Write a state in words: awaiting_inventory as Awaiting inventory."""
    return (state or "").replace("_", " ").capitalize()


def sentence(text: str | None) -> str:
    """Begin a text with a capital, and leave the rest as it is: numbers and codes keep their letters."""
    return text[:1].upper() + text[1:] if text else ""


def advice(remedy: str | None) -> str:
    """Write what would help without the calls of the API: who reads a page has buttons."""
    return sentence(_CALL.sub("", remedy or "").replace("`", "").strip(" ,;:"))


def color(state: str | None) -> str:
    """Give the color of a state, as Bootstrap names it."""
    return _COLOR_OF.get(state or "", "secondary")


def moment(written: str | None) -> Markup:
    """Write a moment in UTC; the reader's browser writes it in its own zone over that."""
    if not written:
        return Markup("")
    at = datetime.fromisoformat(written).astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(at.isoformat(), f"{at:%Y-%m-%d %H:%M}")


def ago(written: str | None) -> Markup:
    """Write how long ago a moment was; the reader's browser keeps it true."""
    if not written:
        return Markup("")
    at = datetime.fromisoformat(written).astimezone(UTC)
    return Markup('<time datetime="{}" data-ago>{} UTC</time>').format(at.isoformat(), f"{at:%Y-%m-%d %H:%M}")


def _locale() -> Locale:
    for wanted, _ in request.accept_languages:
        try:
            return Locale.parse(wanted.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(_FALLBACK)
