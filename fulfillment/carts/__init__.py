"""Carts and wish lists: what a customer collects, until it becomes an order (ST1, ST7)."""
