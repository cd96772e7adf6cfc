"""A lean client of the HTTP API, for programs that drive the whole system and share its processors."""
