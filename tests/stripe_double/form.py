"""Stripe's form encoding: a[b][c]=1 is an object, a[0]=1 and a[]=1 are lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


def parsed(encoded: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(encoded)):
        *path, last = _PART.findall(name)
        at = found
        for step in path:
            at = at.setdefault(step, {})
        at[last or str(len(at))] = value
    return found


def whole(form: dict[str, Any], name: str) -> int | None:
    """A whole number, or None where it is not given; raises ValueError for anything else."""
    return None if name not in form else int(form[name])
