"""A simulator as a process."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

PR_SET_PDEATHSIG = 1  # From linux/prctl.h; Python has no name for it.


def serve(name: str, app: Callable[[], Flask], *, host: str, port: int) -> None:
    """
    Serve until told to stop. One process: which keys are running is known in its memory only.

    `app` is called in the process that serves, and must be one that can be sent there.
    """
    server = Server(
        name,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        backpressure=256,
        blocking_threads=128,  # A call on which a fault sleeps holds a thread; started when needed.
        log_level=LogLevels.error,  # Its warning about many threads is meant for servers that compute.
        workers_kill_timeout=2,  # Do not wait for calls that sleep.
    )
    server.serve(target_loader=partial(_load, os.getpid(), app), wrap_loader=False)


def _load(parent: int, app: Callable[[], Flask]) -> Flask:
    """The app, inside the process which the server made for it."""
    _end_with(parent)
    return app()


def _end_with(parent: int) -> None:
    """
    End when the parent is gone, however it went.

    A killed parent would leave this process serving the port, beside the one that is started in its place. Linux
    tells at once; elsewhere we look.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
    threading.Thread(target=_watch, args=(parent,), name="watch-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
