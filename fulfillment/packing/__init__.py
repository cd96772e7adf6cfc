"""Packing: what was picked goes into parcels, verified piece by piece, until the carrier has them."""
