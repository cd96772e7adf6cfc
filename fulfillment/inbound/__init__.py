"""Deliveries that suppliers announced: what is expected when, and what of it came."""
