"""Everything that may be set from outside."""

from fulfillment.settings.settings import Settings

__all__ = ["Settings"]
