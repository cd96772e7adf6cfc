"""Figures of speed, each beside the plain SQL that does the same."""
