"""What can go wrong while the system starts, in words a person can act on."""


class CannotStart(Exception):
    """A part of the system could not be started; the message says which, why, and what to do."""
