"""A sample day of a store, driven through the HTTP API against a freshly started system."""
