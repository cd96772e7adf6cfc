"""One action on many orders: chosen at one moment, done one by one by steps, with a result each (OL13, FI8)."""
