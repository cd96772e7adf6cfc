"""Values: dataclasses that nobody changes, at no cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Kind = TypeVar("Kind")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(kind: type[Kind]) -> type[Kind]:
    """
    Make a class a dataclass whose values stay as they were made; they are equal, and have one hash, by their members.

    The type checker refuses an assignment, and nothing does at run time: `dataclass(frozen=True)` sets each member by a call,
    which makes values five times as dear, and was an eighth of the Python of a checkout and of the steps of an order. For values
    that are made with each order; others are `frozen`.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)
