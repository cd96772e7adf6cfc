"""Faults on purpose, judged from outside the system."""
