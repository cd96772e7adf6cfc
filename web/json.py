"""
JSON in and out. What comes in is not trusted.

A parser that takes everything lets through what breaks things later: a nested list that exhausts the stack, NaN, a key
given twice of which one wins, characters that PostgreSQL cannot store, integers that do not fit.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import orjson

MOST_DEPTH: Final = 20
_MOST_INTEGER: Final = 2**63 - 1
_MOST_DIGITS: Final = 19

# Strings as a whole (an unfinished one reaches to the end), so that brackets inside them do not count.
_TOKENS: Final = re.compile(r'"(?:[^"\\]+|\\.)*+\\?(?:"|\Z)|[\[\]{}]', re.DOTALL)
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class BadJsonError(ValueError):
    """The text is no JSON that we take. `code` says why, stably."""

    def __init__(self, code: str, detail: str) -> None:
        """`detail` is for a person."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


def loads(raw: bytes) -> Any:
    """Parse a JSON document. Raises BadJsonError."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadJsonError("not_utf8", "the body is not UTF-8") from None
    _refuse_deep(text)
    try:
        document = json.loads(
            text, parse_constant=_constant, parse_float=_float, parse_int=_integer, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise BadJsonError(
            "malformed_json", f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        ) from None
    if _SUSPECT.search(text):
        _refuse_unstorable(document)
    return document


def dumps(document: Any) -> bytes:
    """Write JSON as it is sent."""
    return orjson.dumps(document)


def _refuse_deep(text: str) -> None:
    """Refuse before parsing: the parser itself would run out of stack."""
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        mark = token.group()
        if mark in ("[", "{"):
            depth += 1
            if depth > MOST_DEPTH:
                raise BadJsonError("too_deep", f"nested deeper than {MOST_DEPTH} levels")
        elif mark in ("]", "}"):
            depth -= 1


def _constant(name: str) -> object:
    raise BadJsonError("not_a_number", f"{name} is no JSON number")


def _float(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise BadJsonError("number_too_large", "a number is too large")
    return value


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS + 1 or abs(value := int(text)) > _MOST_INTEGER:
        raise BadJsonError("number_too_large", "an integer does not fit in 64 bits")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJsonError("duplicate_key", f"{twice[:100]!r} is given twice")
    return found


def _refuse_unstorable(document: Any) -> None:
    if isinstance(document, str):
        if "\0" in document:
            raise BadJsonError("null_character", "a string holds the character U+0000")
        if any("\ud800" <= character <= "\udfff" for character in document):
            raise BadJsonError("lone_surrogate", "a string holds half of a surrogate pair")
    elif isinstance(document, dict):
        for name, value in document.items():
            _refuse_unstorable(name)
            _refuse_unstorable(value)
    elif isinstance(document, list):
        for value in document:
            _refuse_unstorable(value)
