"""Shipments, from assigned inventory to the door of the warehouse."""
