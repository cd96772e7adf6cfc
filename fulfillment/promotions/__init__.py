"""Promotions: codes that bring items, discount an order, or ship it free; when they count, and how often (LI4-LI6)."""
