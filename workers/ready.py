"""Saying that this process is ready for work, to whoever started it and waits."""

import os
from pathlib import Path


def announce() -> None:
    """Write the file named by FULFILLMENT_READY_FILE, if the starter gave one."""
    if name := os.environ.get("FULFILLMENT_READY_FILE"):
        Path(name).touch()
