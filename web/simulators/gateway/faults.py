"""What a fault of the simulated gateway may be aimed at."""

from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from web.simulators.faults import Kind, Plan


class Target(StrEnum):
    """
    Calls, and the events that the gateway tells by itself.

    `query` is the question by key, `history` that for all transactions.
    """

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    QUERY = "query"
    HISTORY = "history"
    WEBHOOK = "webhook"


ONLY_IF_NAMED: Final = (Target.QUERY, Target.HISTORY)


class GatewayPlan(Plan):
    """A fault to be armed."""

    operation: Target | None = Field(None, description="Only calls of this kind; null: all that move money.")

    @model_validator(mode="after")
    def _refuses_by_token(self) -> Self:
        if self.kind is Kind.REFUSE:
            raise ValueError("what the gateway refuses is said by the token of a card")
        return self
