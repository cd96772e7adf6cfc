"""A small shop: a catalog, a cart, a checkout, and an order that tells how far it is. Start it by `python -m examples.storefront`."""
