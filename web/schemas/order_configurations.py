"""Order configurations and the state that is set by them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fulfillment.orders.configuration.configuration import Configuration, Meaning, NamedState, Transition
from web.schemas.base import Answer, Flag, Sent, ShortText, Text

MeaningName = Literal["new", "processing", "completed", "canceled", "hold"]


class NamedStateIn(Sent):
    """
    A name, and what it stands for. Of holds there may be many, of every other meaning exactly one.

    The `reason` of a hold is its name, unless another is given. The one with `other_reasons` shows all other holds.
    """

    name: ShortText
    meaning: MeaningName
    reason: ShortText | None = None
    other_reasons: Flag = False

    def as_state(self) -> NamedState:
        """Give what the domain takes."""
        reason = self.reason or self.name if self.meaning == "hold" else self.reason
        return NamedState(self.name, Meaning(self.meaning), reason, self.other_reasons)


class TransitionIn(Sent):
    """
    A person may set `to` where an order shows `from`.

    Leaving a hold releases it. With `keeps_hold` it stays open, beneath the one that is set.
    """

    source: Annotated[ShortText, Field(alias="from")]
    target: Annotated[ShortText, Field(alias="to")]
    keeps_hold: Flag = False


class OrderConfigurationIn(Sent):
    """The states that are shown and which may be set from which. Nothing leads to the state that means completed."""

    name: ShortText
    states: Annotated[list[NamedStateIn], Field(min_length=1, max_length=50)]
    transitions: Annotated[list[TransitionIn], Field(max_length=500)]
    activate: Flag = False

    def as_configuration(self) -> Configuration:
        """Give what the domain takes."""
        return Configuration(
            self.name,
            [state.as_state() for state in self.states],
            [Transition(each.source, each.target, each.keeps_hold) for each in self.transitions],
        )


class ActivationIn(Sent):
    """There is nothing to say about an activation."""


class NamedStateOut(Answer):
    """A name, and what it stands for."""

    name: str
    meaning: str
    reason: str | None
    other_reasons: bool


class TransitionOut(Answer):
    """A person may set `to` where an order shows `from`."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    keeps_hold: bool


class OrderConfigurationOut(Answer):
    """A configuration. The one that is active names the states of all orders."""

    name: str
    active: bool
    states: list[NamedStateOut]
    transitions: list[TransitionOut]
    created_at: str | None
    created_by: str | None


class OrderConfigurationsOut(Answer):
    """All configurations; the first is built in."""

    order_configurations: list[OrderConfigurationOut]


class StateIn(Sent):
    """The state to set. To cancel, `reason` and `notify_customer` must be said."""

    state: ShortText
    reason: Text | None = None
    notify_customer: Flag | None = None
