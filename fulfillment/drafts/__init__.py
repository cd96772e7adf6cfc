"""Orders as customer service enters them: a draft is kept as a document until it is placed (OL5, LI7, OL14)."""
