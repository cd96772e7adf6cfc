"""Starting and stopping the parts of the system: database, broker and processes.

Read `up.py` first: it names the parts in the order in which they start. `supervisor.py` keeps them running and leaves
nothing behind, `guard.py` does so when the supervisor itself is killed.
"""
