"""Everything explains itself: what an order waits for, who can act, and the call that helps. Changes nothing."""
