"""Drift: what is not as it should be though no verb failed, found class by class, and repaired item by item."""
