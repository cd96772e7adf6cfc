"""Sets: leased rows of one step, packed for one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from fulfillment.dispatch.claims import Claim, Leased
from fulfillment.process import STEPS

_TRAVELS_ALONE_FROM: Final = 3
"""A row that was handed out so often may be what kills its worker: it takes nobody with it."""


def into_sets(leased: Sequence[Leased]) -> Iterator[tuple[str, list[Claim]]]:
    """Pack rows into sets of one step, none larger than its step's `most`."""
    by_step: dict[str, list[Claim]] = defaultdict(list)
    for each in leased:
        if each.claim.fence >= _TRAVELS_ALONE_FROM:
            yield each.step, [each.claim]
        else:
            by_step[each.step].append(each.claim)
    for step, claims in by_step.items():
        most = STEPS[step].most
        for start in range(0, len(claims), most):
            yield step, claims[start : start + most]
