"""Which events an endpoint wants: names of the process table, or the beginning of some: `order.*`, `*`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fulfillment.kernel.errors import Invalid
from fulfillment.process import TOLD

ALL: Final = "*"
TEST: Final = "webhook.test"
"""What a test tells; every endpoint wants it."""

_KINDS: Final = frozenset(f"{event.split('.')[0]}.*" for event in TOLD)


def wants(filters: Iterable[str], event: str) -> bool:
    """Tell whether one of the filters takes an event."""
    kind = f"{event.split('.', maxsplit=1)[0]}.*"
    return any(each in (ALL, event, kind) for each in filters)


def refuse_unknown(filters: Sequence[str]) -> None:
    """Raise Invalid where a filter takes no event that there is: it would wait for ever."""
    unknown = sorted(set(filters) - TOLD - _KINDS - {ALL})
    if unknown or not filters:
        said = f"no event is called {', '.join(unknown)}" if unknown else "no event is named"
        raise Invalid(
            said,
            code="unknown_event",
            remedy=f"name some of {', '.join(sorted(TOLD))}, all of a kind ({', '.join(sorted(_KINDS))}), or {ALL}",
            members={"unknown": unknown},
        )
