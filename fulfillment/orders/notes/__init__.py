"""Notes on an order: what people write for one another, beside what the system records by itself (NO1, NO2)."""
