"""Say: how work that takes its time tells where it is."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Takes a few words for the person who waits."""


def unsaid(_: str) -> None:
    """Say nothing: nobody waits."""
