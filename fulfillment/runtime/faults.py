"""What can go wrong while the system starts, in words a person can act on."""


class CannotStart(Exception):  # noqa: N818 - reads as the sentence it is
    """A part of the system could not be started; the message says which, why, and what to do."""
