"""The order history of a real store, posted through the HTTP API row by row."""
