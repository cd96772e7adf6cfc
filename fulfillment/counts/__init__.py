"""Counts: somebody counts what lies where, without being told what should, and the difference is put right."""
