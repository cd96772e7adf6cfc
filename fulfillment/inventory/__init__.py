"""Stock, its movements, and the queue of those who wait for it."""
