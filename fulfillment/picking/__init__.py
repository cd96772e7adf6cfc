"""Picking with a scanner in the hand: claimed lists, scans, totes, and what does not go as planned."""
