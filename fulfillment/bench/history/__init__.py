"""A history to measure on: a million orders as the product itself would have left them."""
