"""The task edge: the Celery app, its tasks, the relay that hands it work, and the beat that wakes sweeps."""
