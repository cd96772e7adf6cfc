"""What must always be true: each invariant a query that must return no rows."""
