"""Editing: what may still be changed about an order in progress, its stock and its money following (OL4)."""
