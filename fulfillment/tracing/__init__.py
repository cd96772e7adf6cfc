"""Traces that join a request to the steps it caused; `spans` is loaded only where TRACING_URL is set."""
