"""A payment gateway to test against: an HTTP server with its own journal, which can be told to misbehave."""
