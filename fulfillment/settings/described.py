"""The settings, for people."""

from typing import NamedTuple

from pydantic_core import PydanticUndefined

from fulfillment.settings.settings import Settings


class Described(NamedTuple):
    """One setting, for people."""

    variable: str
    description: str
    default: str


def described() -> list[Described]:
    """Give every setting with what it is for and what it is when it is not set."""
    return [
        Described(
            name.upper(),
            field.description or "",
            "" if field.default in (None, PydanticUndefined) else str(field.default),
        )
        for name, field in Settings.model_fields.items()
    ]
