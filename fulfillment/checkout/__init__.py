"""A whole checkout in one statement."""
