"""How much: the shares of pieces and payments, what is too much, and what the order's money amounts to. Minor units."""
