"""What a fault of the simulated carrier may be aimed at."""

from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from web.simulators.faults import Kind, Plan


class Target(StrEnum):
    """Calls, and the events that the carrier tells by itself. `query` is the question by key."""

    SALE = "sale"
    VOID = "void"
    MANIFEST = "manifest"
    QUERY = "query"
    RATES = "rates"
    SERVICES = "services"
    WEBHOOK = "webhook"


ONLY_IF_NAMED: Final = (Target.QUERY, Target.RATES, Target.SERVICES)


class CarrierPlan(Plan):
    """A fault to be armed."""

    operation: Target | None = Field(None, description="Only calls of this kind; null: sales, voids and manifests.")

    @model_validator(mode="after")
    def _refuses_sales(self) -> Self:
        if self.kind is Kind.REFUSE and self.operation is not Target.SALE:
            raise ValueError("only a sale can be refused on request")
        return self
