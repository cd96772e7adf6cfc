"""How steps are run: what each does, what happens when it fails, and where the network is called between transactions."""
