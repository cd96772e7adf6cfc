"""
Watches what happens at the edges of Celery: hand-outs, publishes, tasks and acknowledgements. For the crash matrix alone.

Importing this module watches the process that does it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun
from kombu.message import Message

from fulfillment.chaos.crash.points import watch
from fulfillment.chaos.crash.watch import replace
from fulfillment.dispatch.claims import lease_due


def _watch_hand_outs() -> None:
    """Until its transaction ends the relay is about the steps that it has leased rows of."""
    from workers import relay

    def watched(*arguments: Any, **named: Any) -> Any:
        leased = lease_due(*arguments, **named)
        watch.begin(*sorted({each.step for each in leased}))
        return leased

    replace(relay, lease_due=watched)


def _watch_publishes() -> None:
    publish: Callable[..., Any] = Celery.send_task

    def watched(app: Celery, name: str, *arguments: Any, **named: Any) -> Any:
        watch.begin(name)
        with watch.passing("publish"):
            published = publish(app, name, *arguments, **named)
        watch.begin()
        return published

    replace(Celery, send_task=watched)


def _watch_tasks() -> None:
    @task_prerun.connect(weak=False)
    def begin(task: Any = None, **_: object) -> None:
        watch.begin(task.name)

    @task_postrun.connect(weak=False)
    def end(**_: object) -> None:
        watch.begin()


def _watch_acknowledgements() -> None:
    """They happen in the worker itself, not in the process of its pool that did the task."""
    acknowledge: Callable[..., Any] = Message.ack

    def watched(message: Any, *arguments: Any, **named: Any) -> Any:
        watch.begin(message.headers["task"])
        with watch.passing("ack"):
            acknowledged = acknowledge(message, *arguments, **named)
        watch.begin()
        return acknowledged

    replace(Message, ack=watched)


match watch.process:
    case "worker":
        _watch_tasks()
        _watch_acknowledgements()
    case "relay":
        _watch_hand_outs()
        _watch_publishes()
    case "beat":
        _watch_publishes()
