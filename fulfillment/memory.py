"""How processes that live long treat their memory."""

from __future__ import annotations

import gc
from typing import Final

_NEW_OBJECTS: Final = 50_000


def keep_what_is_loaded() -> None:
    """
    Leave what was loaded so far out of every later garbage collection, and collect seldom.

    Call it once at the end of a process' start. Requests and sets leave hardly any cycles, yet the default looks for them
    after every few hundred objects, and now and then through everything that was ever imported: a tenth of the
    processor time of a worker. In a parent that forks, what it loaded stays shared with its children.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
