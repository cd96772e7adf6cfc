"""A carrier to test against: an HTTP server with its own journal, which sells labels and can be told to misbehave."""
