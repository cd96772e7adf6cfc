"""The machine: one rule after the other on one stage, and the judge behind each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fulfillment.chaos.money import floor, hands, judge
from fulfillment.chaos.money.gateway import Luck
from fulfillment.chaos.money.rules import Rule
from fulfillment.chaos.money.stage import Stage, set_stage
from fulfillment.kernel.errors import FulfillmentError
from fulfillment.payments.gateway.port import Request
from fulfillment.wiring import Services

_SHELVES: Final = (("MUG", 19, "A"), ("MUG", 9, "B"), ("CUP", 9, "B"), ("LAMP", 4, "A"))


@dataclass
class Machine:
    """
    Carries rules out. A refusal that an edge would tell the caller is fine; anything else that is raised is a defect.

    `violations` and `differences` are sentences about what was found; `history` what led there.
    """

    stage: Stage
    history: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.violations and not self.differences

    def do(self, rule: Rule, arguments: Mapping[str, Any]) -> None:
        """Carry out one rule, and judge."""
        self.history.append(f"{rule.name}({', '.join(f'{name}={value}' for name, value in arguments.items())})")
        try:
            rule.do(self.stage, arguments)
        except FulfillmentError:
            self.stage.counts["refused"] += 1
        self.violations += judge.violations(self.stage)

    def rest(self) -> None:
        """Judge all of it as it stands, let it come to rest, and judge again."""
        self.violations += judge.in_flight(self.stage)
        self.history.append("rest")
        hands.settle_down(self.stage)
        self.violations += [*judge.violations(self.stage), *judge.at_rest(self.stage)]
        self.differences += judge.differences(self.stage)


def begin(services: Services) -> Machine:
    """Set a stage on the database of these services, which is emptied."""
    stage = set_stage(services)

    def meanwhile(luck: Luck, request: Request) -> None:
        hands.interfere(stage, luck, request)

    stage.gateway.meanwhile = meanwhile
    for sku, pieces, warehouse in _SHELVES:
        floor.receive(stage, sku, pieces, warehouse)
    return Machine(stage)
