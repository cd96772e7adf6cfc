"""
Interleavings: every pair of acts on one order, one of them held in the middle of its transaction while the other runs.

Read `acts.py` and `situations.py` for who meets where, and `race.py` for what counts as right: what comes of it must be what
comes of the two one after the other, and every invariant must hold.
"""
