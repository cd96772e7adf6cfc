"""Who changed what, when, from which state to which, and because of what."""
