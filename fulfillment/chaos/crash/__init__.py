"""
The crash matrix: a process is killed at every point of every step, and judged from outside.

Read `points.py` first. Which points there are is not written down anywhere: processes that are watched (`watch.py`, and
`workers/crash_points.py` for the edge) tell which ones they pass while `stories.py` walks through the process table.
"""
