"""Manifests: what a carrier took over from a warehouse in one go, told to the carrier once."""
