"""Pieces that go from one warehouse to another. On the way they are on the transfer, and never lost from sight."""
