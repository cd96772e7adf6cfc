"""What has stood still for longer than it should: limits as a table, and one look at the database that finds what is over."""
