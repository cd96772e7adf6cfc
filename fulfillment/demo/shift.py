"""Who works on the day, what they know, and how several of them work at once."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from fulfillment.access.models import Role
from fulfillment.demo.people import JSON, Person
from fulfillment.demo.plan import Plan, Planned
from fulfillment.demo.progress import Phases
from fulfillment.demo.stories import Story

_HANDS: Final = 6  # people at work at the same moment
T = TypeVar("T")


@dataclass(frozen=True)
class Sold:
    """A checkout that was answered: with the number of its order, or with none; and how long that took."""

    planned: Planned
    number: str | None
    milliseconds: float


@dataclass
class Shift:
    """Everybody, the plan, and what came of it so far."""

    plan: Plan
    phases: Phases
    people: Mapping[Role, Person]
    sold: list[Sold] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Call everybody by what they do."""
        self.admin, self.csr = self.people[Role.ADMIN], self.people[Role.CSR]
        self.storefront, self.warehouse = self.people[Role.STOREFRONT], self.people[Role.WAREHOUSE]

    def orders(self, *stories: Story, wave: int | None = None) -> list[str]:
        """The numbers of the orders of these stories (of all, if none is named), in the order of the plan."""
        return [
            sold.number
            for sold in sorted(self.sold, key=lambda sold: sold.planned.n)
            if sold.number
            and sold.planned.story in (stories or {sold.planned.story})
            and wave in {None, sold.planned.wave}
        ]

    def stories(self) -> dict[str, Story]:
        """The story of each order."""
        return {sold.number: sold.planned.story for sold in self.sold if sold.number}

    def order(self, number: str) -> JSON:
        """An order as the office sees it."""
        return self.csr.get(f"/v1/orders/{number}")

    def each(self, title: str, items: Sequence[T], work: Callable[[T], object]) -> None:
        """A phase of the day: do this to each item, several at once. Raises what the first failure raised."""
        if not items:
            return
        with self.phases.phase(title, len(items)) as advance:
            hands = ThreadPoolExecutor(_HANDS)
            try:
                for done in [hands.submit(work, item) for item in items]:
                    done.result()
                    advance()
            finally:
                # Not waited for: after a Ctrl-C the system goes down, and with it the calls that are still under way.
                hands.shutdown(wait=False, cancel_futures=True)
