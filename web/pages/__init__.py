"""Pages for people: customer service, the floor, the engine room. They are a client of the API and know no rule of their own."""

from typing import Final

ROOT: Final = "/desk"
"""Where they are."""
