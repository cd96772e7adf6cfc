"""
Watches what happens while a request is answered. For the crash matrix alone.

Importing this module watches the process that does it.
"""

from __future__ import annotations

from typing import Any

from flask import request, request_finished, request_started

from fulfillment.chaos.crash.points import watch


def _begin(_: Any, **__: Any) -> None:
    if request.method != "GET" and request.url_rule is not None:
        watch.begin(f"{request.method} {request.url_rule.rule}")


def _end(_: Any, **__: Any) -> None:
    watch.begin()


request_started.connect(_begin, weak=False)
request_finished.connect(_end, weak=False)
