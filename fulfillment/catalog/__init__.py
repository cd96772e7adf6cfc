"""Products, markets and warehouses."""
