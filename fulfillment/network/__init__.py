"""Calls to parties outside over HTTP, so that whatever the other side does has an answer, and an end."""
