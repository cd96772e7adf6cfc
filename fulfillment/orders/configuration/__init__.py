"""Order configurations: a client's own names for the states of an order, mapped on the machine (OL18, OL19, OL20)."""
