"""Returns: what customers send back, what becomes of it, and what is paid back for it."""
