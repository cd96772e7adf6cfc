"""Credits: money that was paid for goods that come back, moved on to the order of those that they are exchanged for."""
