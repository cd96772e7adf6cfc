"""Figures of how the work stands, read from the database: the same whichever process is asked."""
