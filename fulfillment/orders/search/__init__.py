"""Finding orders by parts of what is written on them. (FI1 to FI4, docs/decisions/0013)"""
